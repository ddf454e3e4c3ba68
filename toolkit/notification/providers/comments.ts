/** Comments of pull and merge requests: one for each object, changed in place; and dispatches of GitHub. */
import { Fields } from '../../runtime/mod.ts';
import type { FluxEvent } from '../../runtime/mod.ts';
import { invalidProvider, notSent } from '../errors.ts';
import type { Recipient } from './contract.ts';
import { giteaOf, githubOf, gitlabOf } from './git-hosts.ts';
import { trying } from './rest.ts';
import type { Rest } from './rest.ts';
import { eventJson, markdown } from './text.ts';

const key = 'change_request';

function numberOf({ metadata }: FluxEvent): string {
  const text = metadata[key];
  if (text === undefined) throw notSent(`missing "${key}" metadata key`);
  if (!/^[+-]?\d+$/.test(text))
    throw notSent(
      `invalid "${key}" metadata value "${text}": strconv.Atoi: parsing "${text}": invalid syntax`,
    );
  return String(Number(text));
}

interface Comment {
  /** By which the comment is found again; nobody sees it. */
  marker: string;
  body: string;
}

function commentOf(event: FluxEvent, uid: string, prefix: string): Comment {
  const { kind, namespace, name } = event.involvedObject;
  const marker = `<!-- ${prefix}:${[uid, kind, namespace, name].join('/')} -->`;
  return { marker, body: `${marker}\n\n${markdown(event)}` };
}

const checkUid = (uid: string) => {
  if (uid === '') throw invalidProvider('provider UID cannot be empty');
};

/** Where the comments of one request are, and how they are told apart. */
interface Thread {
  rest: Rest;
  /** As messages call it: `pull request comment`. */
  called: string;
  /** Path of the list, with how it is asked for. */
  list: { path: string; query: string };
  /** Path of the comment with this number. */
  one: (id: number) => string;
  change: 'PATCH' | 'PUT';
  isOurs: (comment: Fields) => boolean;
}

/** Changes the comment of ours in place, or writes the first one. */
async function write(comment: Comment, thread: Thread): Promise<void> {
  const { rest, called, list, one, change, isOurs } = thread;
  const listed = rest.read(`${list.path}?${list.query}`);
  const found = await trying(`failed to list ${called}s`, listed);
  const id = (Array.isArray(found) ? found : [])
    .map((each) => new Fields(each))
    .find((each) => isOurs(each) && each.text('body')?.includes(comment.marker) === true)
    ?.count('id');
  const { body } = comment;
  if (id === undefined) await trying(`failed to create ${called}`, rest.write(list.path, { body }));
  else await trying(`failed to update ${called}`, rest.write(one(id), { body }, change));
}

const authorOf = (asked: Promise<unknown>) =>
  trying('failed to get authenticated user info', asked);

export const githubComment: Recipient = (settings, send) => {
  checkUid(settings.uid);
  const open = githubOf(settings, send);
  return async (event) => {
    const { rest, repository, login } = await open();
    const comment = commentOf(event, settings.uid, 'flux-pr-comment-key');
    const author = await authorOf(login());
    const path = `${repository}/issues/${numberOf(event)}/comments`;
    await write(comment, {
      rest,
      called: 'pull request comment',
      list: { path, query: 'direction=asc&per_page=100&sort=created' },
      one: (id) => `${repository}/issues/comments/${id}`,
      change: 'PATCH',
      isOurs: (each) => each.at('user').text('login') === author,
    });
  };
};

export const giteaComment: Recipient = (settings, send) => {
  checkUid(settings.uid);
  const { rest, repository } = giteaOf(settings, send);
  return async (event) => {
    const comment = commentOf(event, settings.uid, 'flux-pr-comment-key');
    const author = new Fields(await authorOf(rest.read('/user'))).text('login');
    const path = `${repository}/issues/${numberOf(event)}/comments`;
    await write(comment, {
      rest,
      called: 'pull request comment',
      list: { path, query: 'limit=100&page=1' },
      one: (id) => `${repository}/issues/comments/${id}`,
      change: 'PATCH',
      isOurs: (each) => each.at('user').text('login') === author,
    });
  };
};

export const gitlabComment: Recipient = (settings, send) => {
  checkUid(settings.uid);
  const { rest, project } = gitlabOf(settings, send);
  return async (event) => {
    const comment = commentOf(event, settings.uid, 'flux-mr-comment-key');
    const author = new Fields(await authorOf(rest.read('/user'))).text('username');
    const path = `${project}/merge_requests/${numberOf(event)}/notes`;
    await write(comment, {
      rest,
      called: 'merge request note',
      list: { path, query: 'order_by=created_at&per_page=100&sort=asc' },
      one: (id) => `${path}/${id}`,
      change: 'PUT',
      isOurs: (each) => each.at('author').text('username') === author,
    });
  };
};

export const githubDispatch: Recipient = (settings, send) => {
  const open = githubOf(settings, send);
  return async (event) => {
    const { kind, name, namespace } = event.involvedObject;
    const { rest, repository } = await open();
    await trying(
      'could not send github repository dispatch webhook',
      rest.write(`${repository}/dispatches`, {
        event_type: `${kind}/${name}.${namespace}`,
        client_payload: eventJson(event),
      }),
    );
  };
};
