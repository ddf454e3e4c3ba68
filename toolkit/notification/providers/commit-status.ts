/** States of commits at Git hosts: set when they differ from what is there. */
import { createHash } from 'node:crypto';
import { azureDevOpsScope, azureToken } from '../../../lib/cloud/mod.ts';
import { Fields } from '../../runtime/mod.ts';
import type { FluxEvent } from '../../runtime/mod.ts';
import { invalidProvider, notSent } from '../errors.ts';
import { basic } from './contract.ts';
import type { Post, Recipient } from './contract.ts';
import { commitOf, ownerAndName, parseGitAddress } from './git-address.ts';
import { giteaOf, githubOf, gitlabOf } from './git-hosts.ts';
import { createRest, trying } from './rest.ts';
import { reasonWords, shortName } from './text.ts';

interface Words {
  info: string;
  error: string;
  /** While it is worked on; hosts without a word for it are told nothing. */
  progressing?: string;
}

const listing = 'could not list commit statuses';
const creating = 'could not create commit status';

/** Sends the state of a commit, unless it is only being worked on. */
const stating =
  (
    host: string,
    words: Words,
    set: (commit: string, state: string, event: FluxEvent) => Promise<void>,
  ): Post =>
  async (event) => {
    const isProgressing = event.reason === 'Progressing';
    if (isProgressing && words.progressing === undefined) return;
    const commit = commitOf(event);
    const bySeverity =
      event.severity === 'info' ? words.info : event.severity === 'error' ? words.error : undefined;
    const state = isProgressing ? words.progressing : bySeverity;
    if (state === undefined) throw notSent(`can't convert to ${host} state`);
    await set(commit, state, event);
  };

/** Whether the newest state of the same name says the same. */
function isKnown(
  found: unknown,
  wanted: Readonly<Record<string, string>>,
  name: 'context' | 'name',
): boolean {
  const states = Array.isArray(found) ? found.map((each) => new Fields(each)) : [];
  const same = states.find((each) => each.text(name) === wanted[name]);
  return (
    same !== undefined && Object.entries(wanted).every(([key, text]) => same.text(key) === text)
  );
}

export const github: Recipient = (settings, send) => {
  const open = githubOf(settings, send);
  const context = settings.commitStatus;
  return stating('github', { info: 'success', error: 'failure' }, async (commit, state, event) => {
    const { rest, repository } = await open();
    const status = { state, description: reasonWords(event), context };
    const found = await trying(
      listing,
      rest.read(`${repository}/commits/${commit}/statuses?per_page=50`),
    );
    if (isKnown(found, status, 'context')) return;
    await trying(creating, rest.write(`${repository}/statuses/${commit}`, status));
  });
};

export const gitea: Recipient = (settings, send) => {
  const { rest, repository } = giteaOf(settings, send);
  const context = settings.commitStatus;
  const words = { info: 'success', error: 'failure', progressing: 'pending' };
  return stating('gitea', words, async (commit, state, event) => {
    const description = reasonWords(event);
    const path = `${repository}/commits/${commit}/statuses?limit=50&page=1`;
    const found = await trying(listing, rest.read(path));
    if (isKnown(renamed(found), { state, description, context }, 'context')) return;
    const status = { state, target_url: '', description, context };
    await rest.write(`${repository}/statuses/${commit}`, status);
  });
};

/** Gitea says `status` where it takes `state`. */
const renamed = (found: unknown): unknown =>
  Array.isArray(found)
    ? found.map((each) => {
        const { value } = new Fields(each);
        return { ...value, state: value['status'] };
      })
    : found;

export const gitlab: Recipient = (settings, send) => {
  const { rest, project } = gitlabOf(settings, send);
  const name = settings.commitStatus;
  return stating('gitlab', { info: 'success', error: 'failed' }, async (commit, state, event) => {
    const description = reasonWords(event);
    const path = `${project}/repository/commits/${commit}/statuses?name=${encodeURIComponent(name)}`;
    const found = await trying('unable to list commit status', rest.read(path));
    const states = Array.isArray(found) ? found.map((each) => new Fields(each)) : [];
    const wanted = Object.entries({ sha: commit, status: state, description, name });
    if (states.some((each) => wanted.every(([key, text]) => each.text(key) === text))) return;
    await rest.write(`${project}/statuses/${commit}`, { state, name, description });
  });
};

/** Keys of Bitbucket have room for 40 characters. */
const keyOf = (commitStatus: string) => createHash('sha1').update(commitStatus).digest('hex');
const bitbucketWords = { info: 'SUCCESSFUL', error: 'FAILED' };

export const bitbucket: Recipient = ({ address, token, commitStatus }, send) => {
  if (token === '') throw invalidProvider('bitbucket token cannot be empty');
  const [owner, name] = ownerAndName(parseGitAddress(address).id);
  const [user, password, ...rest] = token.split(':');
  if (user === undefined || password === undefined || rest.length > 0)
    throw invalidProvider('invalid token format, expected to be <user>:<password>');
  const api = createRest(send, 'https://api.bitbucket.org/2.0', basic(user, password));
  const key = keyOf(commitStatus);
  return stating('bitbucket', bitbucketWords, async (commit, state, event) => {
    const description = reasonWords(event);
    const builds = `/repositories/${owner}/${name}/commit/${commit}/statuses/build`;
    const found = new Fields(
      await trying('could not get commit status', api.readIfThere(`${builds}/${key}`)),
    );
    if (found.text('state') === state && found.text('description') === description) return;
    const url = 'https://bitbucket.org';
    await api.write(builds, { key, state, name: shortName(event), description, url });
  });
};

export const bitbucketServer: Recipient = (settings, send) => {
  const { address, token, username, password } = settings;
  const { origin, path } = parseServerAddress(address);
  if (token === '' && (username === '' || password === ''))
    throw invalidProvider(
      'invalid credentials, expected to be one of username/password or API Token',
    );
  const api = createRest(send, origin, {
    ...(token === '' ? basic(username, password) : { authorization: `Bearer ${token}` }),
    'x-atlassian-token': 'no-check',
    'x-requested-with': 'XMLHttpRequest',
  });
  const key = keyOf(settings.commitStatus);
  return stating('bitbucket server', bitbucketWords, async (commit, state, event) => {
    const description = reasonWords(event);
    // What browsers show is the name.
    const name = `${shortName(event)} [${description}]`;
    const builds = `${path}/commits/${commit}/builds`;
    const asked = api.readIfThere(`${builds}?key=${key}`);
    const found = new Fields(await trying('could not get existing commit status', asked));
    const wanted = { description, key, name, state };
    if (Object.entries(wanted).every(([field, text]) => found.text(field) === text)) return;
    const { description: said, ...rest } = wanted;
    const body = { ...rest, ...(said === '' ? {} : { description: said }), url: address };
    const written = api.write(builds, body);
    await trying('could not post build status', written);
  });
};

/** `https://host/context/scm/project/repository.git`. */
function parseServerAddress(address: string): { origin: string; path: string } {
  const wrong = (why: string, cause?: unknown) =>
    invalidProvider(`could not parse git address: ${why}`, cause);
  let url: URL;
  try {
    url = new URL(address);
  } catch (cause) {
    throw wrong(address, cause);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw wrong(
      `unsupported scheme type in address: ${url.protocol.slice(0, -1)}. Must be http or https`,
    );
  const whole = url.pathname.replace(/\.git$/, '');
  const at = whole.lastIndexOf('/scm/');
  if (at < 0) throw wrong('supplied provider address is not http(s) git clone url');
  const id = whole.slice(at + '/scm/'.length);
  const [project, name, ...rest] = id.split('/');
  if (project === undefined || name === undefined || rest.length > 0)
    throw wrong(`invalid repository id "${id}"`);
  const path = `${whole.slice(0, at)}/rest/api/latest/projects/${project}/repos/${name}`;
  return { origin: url.origin, path };
}

/** Without a token it is the process's identity that asks. */
export const azureDevOps: Recipient = ({ address, token, commitStatus, cloud }, send) => {
  const { host, id } = parseGitAddress(address);
  const [organisation, project, , repository, ...rest] = id.split('/');
  if (organisation === undefined || project === undefined || repository === undefined || rest[0])
    throw invalidProvider(`invalid repository id "${id}"`);
  const base = `${host}/${organisation}/${project}/_apis/git/repositories/${repository}`;
  const words = { info: 'succeeded', error: 'error' };
  return stating('azure devops', words, async (commit, state, event) => {
    const acquiring = 'failed to acquire azure devops token';
    const own = token || (await trying(acquiring, azureToken(azureDevOpsScope, cloud))).token;
    // Without it a wrong token is answered with a page to sign in.
    const api = createRest(send, base, { ...basic('', own), 'x-tfs-fedauthredirect': 'Suppress' });
    const { summary } = event.metadata;
    const genre = summary === undefined ? 'fluxcd' : `fluxcd:${summary}`;
    const description = reasonWords(event);
    const path = `/commits/${commit}/statuses?api-version=6.0`;
    const found = new Fields(await trying(listing, api.read(path))).each('value');
    const same = found.find((each) => {
      const context = each.at('context');
      return context.text('name') === commitStatus && context.text('genre') === genre;
    });
    if (same?.text('state') === state && same.text('description') === description) return;
    const status = { context: { genre, name: commitStatus }, description, state };
    await trying(creating, api.write(path, status));
  });
};
