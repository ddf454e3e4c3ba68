/** What a registry's answer says: its body within bounds, its refusals as faults. */
import type { Dispatcher } from 'undici';
import { RegistryError } from './errors.ts';
import { parseJson, textOf } from './json.ts';
import { isRecord, readUpTo } from '../runtime/mod.ts';

export type Headers = Readonly<Record<string, string | string[] | undefined>>;

const largestBody = 16 * 1024 * 1024;

/** @throws RegistryError `RegistryFailed` for more than 16 MiB */
export async function readBody(
  response: Dispatcher.ResponseData,
  subject: string,
): Promise<Buffer> {
  const body = await readUpTo(response.body, largestBody);
  if (body !== undefined) return body;
  throw new RegistryError(
    'RegistryFailed',
    subject,
    `${subject}: the answer is larger than ${largestBody} bytes`,
  );
}

/** The fault for a status of 400 and above. */
export function refusal(answer: {
  status: number;
  headers: Headers;
  body: Buffer;
  subject: string;
  method: string;
  now: Date;
}): RegistryError {
  const { status, subject } = answer;
  const text = answer.body.toString('utf8').slice(0, 500);
  const message = `${answer.method} ${subject}: the registry answered ${status}: ${errorText(text)}`;
  if (status === 429 || /toomanyrequests/i.test(text)) {
    return new RegistryError('RateLimited', subject, message, {
      retryAfterMs: retryAfterMs(answer.headers, answer.now),
    });
  }
  if (status === 401 || status === 403) return new RegistryError('Unauthorized', subject, message);
  return new RegistryError('RegistryFailed', subject, message);
}

const unknownWaitMs = 60_000;
const longestWaitMs = 24 * 3_600_000;

/**
 * How long a limited client should stay away, in milliseconds, at most a day.
 *
 * `Retry-After` in seconds or as a date; else the time that `X-RateLimit-Reset` or Docker Hub's `X-Retry-After` names
 * (seconds since 1970); else the window of `RateLimit-Limit: 100;w=21600` spread over its requests; else a minute.
 */
export function retryAfterMs(headers: Headers, now: Date): number {
  const bounded = (ms: number) => Math.min(longestWaitMs, Math.max(0, Math.ceil(ms)));
  const after = headerOf(headers, 'retry-after');
  if (after !== undefined) {
    const seconds = Number(after);
    if (Number.isFinite(seconds)) return bounded(seconds * 1000);
    const date = Date.parse(after);
    if (!Number.isNaN(date)) return bounded(date - now.getTime());
  }
  for (const name of ['x-ratelimit-reset', 'x-retry-after']) {
    const seconds = Number(headerOf(headers, name) ?? Number.NaN);
    // Seconds from now are small numbers, times are large ones.
    if (seconds > 1_000_000_000) return bounded(seconds * 1000 - now.getTime());
    if (seconds >= 0) return bounded(seconds * 1000);
  }
  const window = /^(\d+);w=(\d+)$/.exec(headerOf(headers, 'ratelimit-limit') ?? '');
  const requests = Number(window?.[1] ?? 0);
  if (requests > 0) return bounded((Number(window?.[2]) * 1000) / requests);
  return unknownWaitMs;
}

function headerOf(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  const text = Array.isArray(value) ? value[0] : value;
  return text === undefined || text.trim() === '' ? undefined : text.trim();
}

/** The messages of the distribution specification's error body. */
function errorText(text: string): string {
  const body = parseJson(text);
  if (!isRecord(body) || !Array.isArray(body.errors)) return text;
  return body.errors
    .filter(isRecord)
    .map(({ code, message }) => `${textOf(code) ?? ''} ${textOf(message) ?? ''}`.trim())
    .join('; ');
}
