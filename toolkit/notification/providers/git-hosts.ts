/** How APIs of Git hosts are reached with what a Provider says. */
import {
  githubAppHeaders,
  githubInstallationToken,
  readGithubApp,
} from '../../../lib/cloud/mod.ts';
import type { AskGithub, GithubApp } from '../../../lib/cloud/mod.ts';
import { isRecord, messageOf } from '../../../lib/runtime/mod.ts';
import { Fields } from '../../runtime/mod.ts';
import { invalidProvider, NotificationError, notSent } from '../errors.ts';
import type { Send, Settings } from './contract.ts';
import { ownerAndName, parseGitAddress } from './git-address.ts';
import { createRest } from './rest.ts';
import type { Rest } from './rest.ts';

/** A token, or what stands in its place in a Secret with user name and password. */
export const tokenOf = ({ token, password }: Settings): string => token || password;

export interface GitHub {
  rest: Rest;
  /** `/repos/owner/name`. */
  repository: string;
  /** The name under which comments appear that are written with these credentials. */
  login(): Promise<string>;
}

/** @throws NotificationError `InvalidProvider` */
export function githubOf(settings: Settings, send: Send): () => Promise<GitHub> {
  const { secret, now } = settings;
  const token = tokenOf(settings);
  const isApp = token === '' && secret.has('githubAppID');
  if (token === '' && !isApp)
    throw invalidProvider('github token or github app details must be specified');
  const { host, id } = parseGitAddress(settings.address);
  const [owner, name] = ownerAndName(id);
  const base = new URL(host).host === 'github.com' ? 'https://api.github.com' : `${host}/api/v3`;
  const headersOf = (bearer: string) => ({
    accept: 'application/vnd.github.v3+json',
    'x-github-api-version': '2022-11-28',
    authorization: `Bearer ${bearer}`,
  });
  const app = isApp ? readApp(secret, base) : undefined;
  return async () => {
    const own =
      app === undefined ? undefined : createRest(send, app.base, githubAppHeaders(app, now()));
    const rest = createRest(
      send,
      base,
      headersOf(app === undefined ? token : await tokenOfApp(app, send, now())),
    );
    const login = async () => {
      const found = new Fields(await (own?.read('/app') ?? rest.read('/user')));
      return own === undefined ? found.text('login') : `${found.text('slug') ?? ''}[bot]`;
    };
    return {
      rest,
      repository: `/repos/${owner}/${name}`,
      login: async () => (await login()) ?? '',
    };
  };
}

function readApp(secret: ReadonlyMap<string, string>, base: string): GithubApp {
  try {
    return readGithubApp((key) => secret.get(key), base);
  } catch (cause) {
    throw invalidProvider(messageOf(cause), cause);
  }
}

async function tokenOfApp(app: GithubApp, send: Send, now: Date): Promise<string> {
  const ask: AskGithub = async ({ method, url, headers }) => {
    const rest = createRest(send, '', headers);
    const answer = await (method === 'GET' ? rest.read(url) : rest.write(url, {}));
    return isRecord(answer) ? answer : {};
  };
  try {
    return (await githubInstallationToken(app, ask, now)).token;
  } catch (cause) {
    throw cause instanceof NotificationError ? cause : notSent(messageOf(cause), cause);
  }
}

/** @throws NotificationError `InvalidProvider` */
export function gitlabOf(settings: Settings, send: Send): { rest: Rest; project: string } {
  const token = tokenOf(settings);
  if (token === '') throw invalidProvider('gitlab token cannot be empty');
  const { host, id } = parseGitAddress(settings.address);
  const rest = createRest(send, `${host}/api/v4`, { 'private-token': token });
  return { rest, project: `/projects/${encodeURIComponent(id)}` };
}

/** @throws NotificationError `InvalidProvider` */
export function giteaOf(settings: Settings, send: Send): { rest: Rest; repository: string } {
  const token = tokenOf(settings);
  if (token === '') throw invalidProvider('gitea token cannot be empty');
  const { host, id } = parseGitAddress(settings.address);
  const [owner, name] = ownerAndName(id);
  const rest = createRest(send, `${host}/api/v1`, { authorization: `token ${token}` });
  return { rest, repository: `/repos/${owner}/${name}` };
}
