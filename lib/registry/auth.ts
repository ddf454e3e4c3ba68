/** Answers a registry's challenge: Basic, or a bearer token from its realm (Docker Registry v2 token authentication). */
import { request } from 'undici';
import type { Dispatcher } from 'undici';
import { asksForBasic, basicHeader, bearerHeader, tokenUrl } from './challenge.ts';
import { parseJson } from './json.ts';
import type { RegistryCredentials } from './types.ts';

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
  if (asksForBasic(challenge)) return basic;
  const url = tokenUrl(challenge, { repository, access: 'pull' });
  if (url === undefined) return undefined;
  const { statusCode, body } = await request(url, {
    dispatcher,
    headers: basic === undefined ? {} : { authorization: basic },
    signal,
  });
  if (statusCode !== 200) {
    await body.dump();
    return undefined;
  }
  return bearerHeader(parseJson(await body.text()));
}
