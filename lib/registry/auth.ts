/** Answers a registry's challenge: Basic, or a bearer token from its realm (Docker Registry v2 token authentication). */
import { request } from 'undici';
import type { Dispatcher } from 'undici';
import { parseJson } from './json.ts';
import type { RegistryCredentials } from './types.ts';
import { isRecord } from '../runtime/mod.ts';

export interface ChallengeOptions {
  /** Value of `www-authenticate`. */
  challenge: string;
  /** Path of the repository, for the scope. */
  repository: string;
  credentials: RegistryCredentials | undefined;
  dispatcher: Dispatcher;
  signal: AbortSignal;
}

/** @returns the value for `authorization`; `undefined` when the challenge cannot be met */
export async function answerChallenge(options: ChallengeOptions): Promise<string | undefined> {
  const { challenge, repository, credentials, dispatcher, signal } = options;
  const basic = credentials === undefined ? undefined : basicHeader(credentials);
  if (/^basic\b/i.test(challenge)) return basic;
  const parameters = new Map(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
  );
  const realm = parameters.get('realm');
  if (realm === undefined || !URL.canParse(realm)) return undefined;
  const url = new URL(realm);
  const service = parameters.get('service');
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', `repository:${repository}:pull`);
  const { statusCode, body } = await request(url, {
    dispatcher,
    headers: basic === undefined ? {} : { authorization: basic },
    signal,
  });
  if (statusCode !== 200) {
    await body.dump();
    return undefined;
  }
  const answer = parseJson(await body.text());
  if (!isRecord(answer)) return undefined;
  const token = answer.token ?? answer.access_token;
  return typeof token === 'string' ? `Bearer ${token}` : undefined;
}

const basicHeader = ({ username, password }: RegistryCredentials): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
