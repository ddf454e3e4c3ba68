/** How APIs of Git hosts are reached with what a Provider says. */
import { signedJwt } from '../../../lib/cloud/mod.ts';
import { Fields } from '../../runtime/mod.ts';
import { invalidProvider, notSent } from '../errors.ts';
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
    authorization: `Bearer ${bearer}`,
  });
  return async () => {
    const app = isApp
      ? createRest(send, appBase(secret, base), headersOf(appToken(secret, now())))
      : undefined;
    const rest = createRest(
      send,
      base,
      headersOf(app === undefined ? token : await installationToken(app, secret)),
    );
    const login = async () => {
      const found = new Fields(await (app?.read('/app') ?? rest.read('/user')));
      return app === undefined ? found.text('login') : `${found.text('slug') ?? ''}[bot]`;
    };
    return {
      rest,
      repository: `/repos/${owner}/${name}`,
      login: async () => (await login()) ?? '',
    };
  };
}

const appBase = (secret: ReadonlyMap<string, string>, base: string): string =>
  secret.get('githubAppBaseURL')?.replace(/\/+$/, '') ?? base;

/** A token that proves to be the app, for ten minutes. */
function appToken(secret: ReadonlyMap<string, string>, now: Date): string {
  const seconds = Math.floor(now.getTime() / 1000);
  const claims = { iat: seconds - 60, exp: seconds + 540, iss: secret.get('githubAppID')?.trim() };
  const key = secret.get('githubAppPrivateKey') ?? '';
  try {
    return signedJwt(claims, key);
  } catch (cause) {
    throw invalidProvider('githubAppPrivateKey is no private key', cause);
  }
}

async function installationToken(app: Rest, secret: ReadonlyMap<string, string>): Promise<string> {
  const owner = secret.get('githubAppInstallationOwner')?.trim() ?? '';
  const known = secret.get('githubAppInstallationID')?.trim() ?? '';
  const installation =
    known !== '' || owner === ''
      ? known
      : String(new Fields(await app.read(`/users/${owner}/installation`)).count('id') ?? '');
  if (installation === '') throw invalidProvider('githubAppInstallationID is missing');
  const answer = await app.write(`/app/installations/${installation}/access_tokens`, {});
  const token = new Fields(answer).text('token');
  if (token === undefined) throw notSent('no token of the GitHub app in the answer');
  return token;
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
