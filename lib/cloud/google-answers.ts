/** What Google's services are asked and answer everywhere. */
import type { Clock } from '../runtime/mod.ts';
import { CloudError } from './errors.ts';
import { textOf } from './http-json.ts';
import type { CloudQuestion } from './http-json.ts';
import type { CloudOptions, CloudToken } from './types.ts';

/** @returns what asks the metadata service of the instance */
export const metadataQuestion = (
  env: CloudOptions['env'],
  path: string,
): [url: string, init: CloudQuestion, who: string] => [
  `http://${env['GCE_METADATA_HOST'] ?? 'metadata.google.internal'}/computeMetadata/v1/${path}`,
  { headers: { 'metadata-flavor': 'Google' } },
  'the metadata service of Google',
];

/**
 * @param seconds how long the token is good for
 * @throws CloudError `Unauthorized` when there is no token
 */
export function tokenOf(token: unknown, seconds: number, clock: Pick<Clock, 'now'>): CloudToken {
  const text = textOf(token);
  if (text === undefined)
    throw new CloudError('Unauthorized', 'google', 'Google gave no access token');
  return { token: text, until: clock.now().getTime() + (seconds - 60) * 1000 };
}

/** @param otherwise seconds, where the answer does not say how long its token is good for */
export function tokenFrom(
  answer: Readonly<Record<string, unknown>>,
  otherwise: number,
  clock: Pick<Clock, 'now'>,
): CloudToken {
  const seconds = answer['expires_in'];
  return tokenOf(answer['access_token'], typeof seconds === 'number' ? seconds : otherwise, clock);
}
