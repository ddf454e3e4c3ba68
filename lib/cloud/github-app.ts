/** Tokens of a GitHub App's installation (fluxcd/pkg auth/githubapp). */
import { createPrivateKey } from 'node:crypto';
import { messageOf } from '../runtime/mod.ts';
import { CloudError } from './errors.ts';
import { textOf } from './http-json.ts';
import { signedJwt } from './jwt.ts';
import type { CloudToken } from './types.ts';

export interface GithubApp {
  id: string;
  /** In PEM. */
  key: string;
  installation: { id: string } | { owner: string };
  /** Of the API, without a slash at its end. */
  base: string;
}

export interface GithubQuestion {
  method: 'GET' | 'POST';
  url: string;
  headers: Readonly<Record<string, string>>;
}

/** @throws what says why there is no answer, or none of success */
export type AskGithub = (question: GithubQuestion) => Promise<Record<string, unknown>>;

/**
 * An app as the keys of a Secret describe it.
 *
 * @param base of the API when the Secret names none
 * @throws CloudError `BadCredentials` in the original's words
 */
export function readGithubApp(
  at: (key: string) => string | undefined,
  base = 'https://api.github.com',
): GithubApp {
  const bad = (what: string, cause?: unknown) =>
    new CloudError('BadCredentials', 'github', what, { cause });
  const must = (what: string) => bad(`${what} must be provided to use github app authentication`);
  const number = (key: string) => /^\d+$/.exec(at(key)?.trim() ?? '')?.[0] ?? '';
  const [id, installation] = [number('githubAppID'), number('githubAppInstallationID')];
  const owner = at('githubAppInstallationOwner')?.trim() ?? '';
  const key = at('githubAppPrivateKey') ?? '';
  if (id === '') throw must('app ID');
  if (owner === '' && installation === '') throw must('app installation owner or ID');
  if (owner !== '' && installation !== '') throw must('only one of app installation owner or ID');
  if (key === '') throw must('private key');
  try {
    createPrivateKey(key);
  } catch (cause) {
    throw bad(`could not parse private key: ${messageOf(cause)}`, cause);
  }
  return {
    id,
    key,
    installation: installation === '' ? { owner } : { id: installation },
    base: (at('githubAppBaseURL') || base).replace(/\/+$/, ''),
  };
}

/** What the app itself sends along, for two minutes. */
export function githubAppHeaders({ id, key }: GithubApp, now: Date): Record<string, string> {
  // Clocks may differ.
  const iat = Math.floor(now.getTime() / 1000) - 30;
  return {
    accept: 'application/vnd.github.v3+json',
    authorization: `Bearer ${signedJwt({ iat, exp: iat + 120, iss: id }, key)}`,
  };
}

/** @throws CloudError `Unauthorized`, and what `ask` throws */
export async function githubInstallationToken(
  app: GithubApp,
  ask: AskGithub,
  now: Date,
): Promise<CloudToken> {
  const headers = githubAppHeaders(app, now);
  const { installation, base } = app;
  const id =
    'id' in installation
      ? installation.id
      : await installationOf(installation.owner, base, headers, ask);
  const url = `${base}/app/installations/${id}/access_tokens`;
  const answer = await ask({ method: 'POST', url, headers });
  const token = textOf(answer['token']);
  if (token === undefined)
    throw new CloudError('Unauthorized', 'github', 'no token of the GitHub app in the answer');
  const ends = Date.parse(textOf(answer['expires_at']) ?? '');
  // Those of GitHub last for an hour.
  return { token, until: (Number.isNaN(ends) ? now.getTime() + 3_600_000 : ends) - 60_000 };
}

/** The owner may be an organization or a user. */
async function installationOf(
  owner: string,
  base: string,
  headers: Readonly<Record<string, string>>,
  ask: AskGithub,
): Promise<string> {
  const problems: string[] = [];
  for (const [path, what] of [
    ['orgs', 'organization'],
    ['users', 'user'],
  ] as const) {
    try {
      const url = `${base}/${path}/${encodeURIComponent(owner)}/installation`;
      const { id } = await ask({ method: 'GET', url, headers });
      if (typeof id === 'number') return String(id);
      problems.push(`failed to find ${what} installation: no id in the answer`);
    } catch (thrown) {
      problems.push(`failed to find ${what} installation: ${messageOf(thrown)}`);
    }
  }
  throw new CloudError('Unauthorized', 'github', problems.join('\n'));
}
