/** Requests over a keep-alive pool: retries of what is safe to retry, and the server's errors as faults. */
import { Pool } from 'undici';
import type { Dispatcher } from 'undici';
import type { Status } from '../objects/mod.ts';
import { messageOf } from '../runtime/mod.ts';
import type { Clock } from '../runtime/mod.ts';
import type { KubeConnection } from './connection.ts';
import { KubeError } from './errors.ts';
import type { KubeReason } from './errors.ts';

export interface KubeRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With query, below the server's URL. */
  path: string;
  body?: string | undefined;
  contentType?: string;
  accept?: string;
  signal?: AbortSignal | undefined;
  /** What is acted on, for messages. */
  subject: string;
  /** Doing it twice is as good as once, so a broken connection is no reason to give up. Default: true for GET. */
  repeatable?: boolean;
}

export interface Transport {
  /** The body of a success. */
  send(request: KubeRequest): Promise<string>;
  /** The body as it arrives, for watches; silence for longer than `idleMs` ends it with `ServerUnreachable`. */
  stream(request: KubeRequest, idleMs: number): Promise<AsyncIterable<Buffer>>;
  close(): Promise<void>;
}

export interface TransportOptions {
  connection: KubeConnection;
  clock: Clock;
  /** Connections kept open at most, default 32. */
  connections?: number;
  /** Receives the server's `Warning` headers. */
  warn?: (text: string) => void;
}

const maxTries = 5;
/** Longest silence within an answer that is no watch. */
const answerIdleMs = 60_000;
/** A longer `Retry-After` is the caller's business. */
const longestWaitMs = 30_000;

export function createTransport(options: TransportOptions): Transport {
  const { connection, clock } = options;
  const url = new URL(connection.server);
  const base = url.pathname.replace(/\/$/, '');
  const pool = new Pool(url.origin, {
    connections: options.connections ?? 32,
    keepAliveTimeout: 60_000,
    headersTimeout: 60_000,
    bodyTimeout: answerIdleMs,
    connect: {
      ...(connection.ca === undefined ? {} : { ca: connection.ca }),
      ...(connection.cert === undefined ? {} : { cert: connection.cert }),
      ...(connection.key === undefined ? {} : { key: connection.key }),
      ...(connection.serverName === undefined ? {} : { servername: connection.serverName }),
      rejectUnauthorized: !connection.insecure,
      timeout: 10_000,
    },
  });

  const once = async (request: KubeRequest, idleMs: number): Promise<Dispatcher.ResponseData> => {
    const headers: Record<string, string | string[]> = {
      ...(await connection.headers()),
      accept: request.accept ?? 'application/json',
      'user-agent': 'reflux',
    };
    if (request.body !== undefined)
      headers['content-type'] = request.contentType ?? 'application/json';
    return pool.request({
      method: request.method,
      path: `${base}${request.path}`,
      headers,
      bodyTimeout: idleMs,
      ...(request.body === undefined ? {} : { body: request.body }),
      // undici closes the connection after a DELETE with a body, which servers of old did not expect.
      ...(request.method === 'DELETE' ? { reset: false } : {}),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
  };

  const answer = async <T>(
    request: KubeRequest,
    idleMs: number,
    read: (response: Dispatcher.ResponseData) => Promise<T>,
  ): Promise<T> => {
    for (let tries = 1; ; tries += 1) {
      let failure: KubeError;
      let reached = true;
      try {
        const response = await once(request, idleMs);
        if (response.statusCode < 400) {
          reportWarnings(response, options.warn);
          return await read(response);
        }
        failure = await errorOf(response, request);
      } catch (thrown) {
        if (request.signal?.aborted === true || thrown instanceof KubeError) throw thrown;
        reached = !neverConnected.has(codeOf(thrown));
        failure = unreachable(request, thrown);
      }
      if (tries >= maxTries || !worthRetrying(failure, request, reached)) throw failure;
      await clock.sleep(failure.retryAfterMs ?? 100 * 2 ** (tries - 1), request.signal);
    }
  };

  return {
    send: (request) => answer(request, answerIdleMs, ({ body }) => body.text()),
    stream: (request, idleMs) =>
      answer(request, idleMs, ({ body }) => Promise.resolve(chunksOf(request, body))),
    close: () => pool.destroy(),
  };
}

async function* chunksOf(
  request: KubeRequest,
  body: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  try {
    yield* body;
  } catch (thrown) {
    throw request.signal?.aborted === true ? thrown : unreachable(request, thrown);
  }
}

function unreachable(request: KubeRequest, cause: unknown): KubeError {
  // Of several addresses tried, the error has no message of its own.
  const why = messageOf(cause) || codeOf(cause);
  return new KubeError(
    'ServerUnreachable',
    request.subject,
    `${request.method} ${request.subject}: ${why}`,
    { cause },
  );
}

/** The request cannot have been carried out, for no connection was made. */
const neverConnected: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string'
    ? thrown.code
    : '';
}

/**
 * A refused request was not carried out; a broken connection and an error of the server leave that open, so only what is
 * repeatable is repeated then.
 */
function worthRetrying(failure: KubeError, request: KubeRequest, reached: boolean): boolean {
  const repeatable = request.repeatable ?? request.method === 'GET';
  if (failure.reason === 'TooManyRequests') return (failure.retryAfterMs ?? 0) <= longestWaitMs;
  if (failure.reason === 'ServerUnreachable') return !reached || repeatable;
  // Patches and deletions that fail in the server's webhooks answer 500, too, and fail again.
  if (failure.status === 500) return repeatable && ['GET', 'PUT'].includes(request.method);
  return repeatable && goingAway.has(failure.status);
}

/** From a server that is starting or stopping, or a gateway before it. */
const goingAway: ReadonlySet<number> = new Set([502, 503, 504]);

async function errorOf(
  response: Dispatcher.ResponseData,
  request: KubeRequest,
): Promise<KubeError> {
  const text = await response.body.text();
  const status = statusOf(text);
  const code = response.statusCode;
  const message =
    status?.message ??
    `the server answered ${code} to ${request.method} ${request.subject}: ${text.slice(0, 200).trim()}`;
  const retryAfter = Number(
    response.headers['retry-after'] ?? status?.details?.retryAfterSeconds ?? Number.NaN,
  );
  return new KubeError(reasonOf(code, status), request.subject, message, {
    status: code,
    ...(Number.isFinite(retryAfter) ? { retryAfterMs: retryAfter * 1000 } : {}),
  });
}

function statusOf(text: string): Status | undefined {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== 'object' || body === null || !('kind' in body) || body.kind !== 'Status')
      return undefined;
    return body as Status;
  } catch {
    // Not JSON: a proxy's page, or the plain 404 of an unknown path.
    return undefined;
  }
}

function reasonOf(code: number, status: Status | undefined): KubeReason {
  if (status?.reason === 'AlreadyExists') return 'AlreadyExists';
  const byCode: Readonly<Record<number, KubeReason>> = {
    400: 'BadRequest',
    401: 'Unauthorized',
    403: 'Forbidden',
    404: 'NotFound',
    409: 'Conflict',
    410: 'Expired',
    415: 'BadRequest',
    422: 'Invalid',
    429: 'TooManyRequests',
  };
  return byCode[code] ?? (code >= 500 ? 'ServerError' : 'BadRequest');
}

function reportWarnings(
  response: Dispatcher.ResponseData,
  warn: ((text: string) => void) | undefined,
): void {
  const header = response.headers.warning;
  if (warn === undefined || header === undefined) return;
  for (const value of Array.isArray(header) ? header : [header]) {
    for (const match of value.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g))
      warn((match[1] ?? '').replaceAll('\\"', '"'));
  }
}
