/** HTTP to recipients: through a proxy, with certificates, tried again while it may help (hashicorp/go-retryablehttp). */
import { fetch, Headers } from 'undici';
import type { Dispatcher } from 'undici';
import { createDispatcher } from '../../lib/http/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { notSent } from './errors.ts';
import type { Answer, Outgoing, Send } from './providers/contract.ts';

export interface Tls {
  ca?: string;
  cert?: string;
  key?: string;
}

export interface SendOptions {
  clock: Clock;
  /** `http://user:password@host:port`. */
  proxy: string | undefined;
  tls: Tls | undefined;
  /** Ends the request and the waiting between two. */
  signal: AbortSignal;
}

const mostAttempts = 5;
const firstPauseMs = 2000;
const longestPauseMs = 30_000;
/** Of answers, in bytes: they are read for what is in error messages and short lists. */
const longestAnswer = 4 * 1024 * 1024;

const isWorthTrying = (status: number) => status === 429 || (status >= 500 && status !== 501);

/** @param work gets what sends; connections are closed after it */
export async function sending<T>(
  options: SendOptions,
  work: (send: Send) => Promise<T>,
): Promise<T> {
  const { proxy, tls } = options;
  // Of a proxy what HTTP reaches is asked itself: many allow a tunnel for port 443 only.
  const dispatcher = createDispatcher({ proxy, tls, proxyTunnel: false });
  try {
    return await work((request) => sendOne(options, dispatcher, request));
  } finally {
    await dispatcher.destroy();
  }
}

async function sendOne(
  { clock, signal }: SendOptions,
  dispatcher: Dispatcher,
  request: Outgoing,
): Promise<Answer> {
  const { method = 'POST', url, headers = {}, body } = request;
  let failure: unknown;
  for (let attempt = 1; ; attempt += 1) {
    let pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (attempt - 1));
    try {
      const response = await fetch(url, {
        method,
        headers: headersOf(headers),
        ...(body === undefined ? {} : { body }),
        dispatcher,
        signal,
      });
      const text = await readText(response.body);
      if (!isWorthTrying(response.status)) return { status: response.status, text };
      failure = undefined;
      const asked = Number(response.headers.get('retry-after'));
      if (asked > 0) pauseMs = asked * 1000;
    } catch (thrown) {
      failure = thrown;
    }
    if (signal.aborted)
      throw notSent(`failed to execute request: ${method} "${url}": deadline exceeded`, failure);
    if (attempt >= mostAttempts) {
      const why = failure === undefined ? '' : `: ${causeOf(failure)}`;
      throw notSent(
        `failed to execute request: ${method} ${url} giving up after ${attempt} attempt(s)${why}`,
        failure,
      );
    }
    try {
      await clock.sleep(pauseMs, signal);
    } catch (cause) {
      throw notSent(`failed to execute request: ${method} "${url}": deadline exceeded`, cause);
    }
  }
}

/** The last of a name counts, however it is written. */
function headersOf(given: Readonly<Record<string, string>>): Headers {
  const headers = new Headers({ 'content-type': 'application/json' });
  for (const [name, value] of Object.entries(given)) headers.set(name, value);
  return headers;
}

/** What is behind `fetch failed`. */
const causeOf = (thrown: unknown): string =>
  thrown instanceof Error && thrown.cause instanceof Error
    ? messageOf(thrown.cause)
    : messageOf(thrown);

async function readText(body: AsyncIterable<Uint8Array> | null): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body ?? []) {
    size += part.byteLength;
    if (size > longestAnswer) break;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
