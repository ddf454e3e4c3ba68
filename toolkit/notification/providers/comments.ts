/** Comments of pull and merge requests: one for each object, changed in place; and dispatches of GitHub. */
import { Fields } from '../../runtime/mod.ts';
import type { FluxEvent } from '../../runtime/mod.ts';
import { invalidProvider, notSent } from '../errors.ts';
import type { Recipient } from './contract.ts';
import { giteaOf, githubOf, gitlabOf } from './git-hosts.ts';
import { trying } from './rest.ts';
import { eventJson, markdown } from './text.ts';

const key = 'change_request';

function numberOf({ metadata }: FluxEvent): string {
  const text = metadata[key];
  if (text === undefined) throw notSent(`missing "${key}" metadata key`);
  if (!/^[+-]?\d+$/.test(text)) throw notSent(`invalid "${key}" metadata value "${text}"`);
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

/** The number of the comment of ours among those found. */
function ours(
  found: unknown,
  { marker }: Comment,
  isOurs: (comment: Fields) => boolean,
): number | undefined {
  const comments = Array.isArray(found) ? found.map((each) => new Fields(each)) : [];
  return comments
    .find((each) => isOurs(each) && each.text('body')?.includes(marker) === true)
    ?.count('id');
}

const checkUid = (uid: string) => {
  if (uid === '') throw invalidProvider('provider UID cannot be empty');
};

export const githubComment: Recipient = (settings, send) => {
  checkUid(settings.uid);
  const open = githubOf(settings, send);
  return async (event) => {
    const { rest, repository, login } = await open();
    const comment = commentOf(event, settings.uid, 'flux-pr-comment-key');
    const issue = `${repository}/issues/${numberOf(event)}/comments`;
    const user = await trying('failed to get authenticated user info', login());
    const path = `${issue}?direction=asc&per_page=100&sort=created`;
    const found = await trying('failed to list pull request comments', rest.read(path));
    const id = ours(found, comment, (each) => each.at('user').text('login') === user);
    const { body } = comment;
    if (id === undefined)
      await trying('failed to create pull request comment', rest.write(issue, { body }));
    else
      await trying(
        'failed to update pull request comment',
        rest.write(`${repository}/issues/comments/${id}`, { body }, 'PATCH'),
      );
  };
};

export const giteaComment: Recipient = (settings, send) => {
  checkUid(settings.uid);
  const { rest, repository } = giteaOf(settings, send);
  return async (event) => {
    const comment = commentOf(event, settings.uid, 'flux-pr-comment-key');
    const issue = `${repository}/issues/${numberOf(event)}/comments`;
    const asked = trying('failed to get authenticated user info', rest.read('/user'));
    const user = new Fields(await asked).text('login');
    const listed = rest.read(`${issue}?limit=100&page=1`);
    const found = await trying('failed to list pull request comments', listed);
    const id = ours(found, comment, (each) => each.at('user').text('login') === user);
    const { body } = comment;
    if (id === undefined)
      await trying('failed to create pull request comment', rest.write(issue, { body }));
    else
      await trying(
        'failed to update pull request comment',
        rest.write(`${repository}/issues/comments/${id}`, { body }, 'PATCH'),
      );
  };
};

export const gitlabComment: Recipient = (settings, send) => {
  checkUid(settings.uid);
  const { rest, project } = gitlabOf(settings, send);
  return async (event) => {
    const comment = commentOf(event, settings.uid, 'flux-mr-comment-key');
    const notes = `${project}/merge_requests/${numberOf(event)}/notes`;
    const asked = trying('failed to get authenticated user info', rest.read('/user'));
    const user = new Fields(await asked).text('username');
    const listed = rest.read(`${notes}?order_by=created_at&per_page=100&sort=asc`);
    const found = await trying('failed to list merge request notes', listed);
    const id = ours(found, comment, (each) => each.at('author').text('username') === user);
    const { body } = comment;
    if (id === undefined)
      await trying('failed to create merge request note', rest.write(notes, { body }));
    else
      await trying(
        'failed to update merge request note',
        rest.write(`${notes}/${id}`, { body }, 'PUT'),
      );
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
