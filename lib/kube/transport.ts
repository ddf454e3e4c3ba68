/** Requests over a keep-alive pool: retries of what is safe to retry, and the server's errors as faults. */
import { Pool } from 'undici';
import type { Dispatcher } from 'undici';
import type { Status } from '../objects/mod.ts';
import { isAbort, messageOf } from '../runtime/mod.ts';
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
}

export interface Transport {
  /** The body of a success. */
  send(request: KubeRequest): Promise<string>;
  /** The body as it arrives; for watches. */
  stream(request: KubeRequest): Promise<AsyncIterable<Buffer>>;
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

export function createTransport(options: TransportOptions): Transport {
  const { connection, clock } = options;
  const url = new URL(connection.server);
  const base = url.pathname.replace(/\/$/, '');
  const pool = new Pool(url.origin, {
    connections: options.connections ?? 32,
    keepAliveTimeout: 60_000,
    headersTimeout: 60_000,
    bodyTimeout: 0,
    connect: {
      ...(connection.ca === undefined ? {} : { ca: connection.ca }),
      ...(connection.cert === undefined ? {} : { cert: connection.cert }),
      ...(connection.key === undefined ? {} : { key: connection.key }),
      ...(connection.serverName === undefined ? {} : { servername: connection.serverName }),
      rejectUnauthorized: !connection.insecure,
      timeout: 10_000,
    },
  });

  const once = async (request: KubeRequest): Promise<Dispatcher.ResponseData> => {
    const headers: Record<string, string> = {
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
      ...(request.body === undefined ? {} : { body: request.body }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
  };

  const answer = async (request: KubeRequest): Promise<Dispatcher.ResponseData> => {
    for (let tries = 1; ; tries += 1) {
      let failure: KubeError;
      try {
        const response = await once(request);
        if (response.statusCode < 400) {
          reportWarnings(response, options.warn);
          return response;
        }
        failure = await errorOf(response, request);
      } catch (thrown) {
        if (isAbort(thrown) || request.signal?.aborted === true) throw thrown;
        failure = new KubeError(
          'ServerUnreachable',
          request.subject,
          `${request.method} ${request.subject}: ${messageOf(thrown)}`,
          {
            cause: thrown,
          },
        );
      }
      if (tries >= maxTries || !worthRetrying(failure, request)) throw failure;
      await clock.sleep(failure.retryAfterMs ?? 100 * 2 ** (tries - 1), request.signal);
    }
  };

  return {
    send: async (request) => (await answer(request)).body.text(),
    stream: async (request) => (await answer(request)).body as AsyncIterable<Buffer>,
    close: () => pool.destroy(),
  };
}

/** A refused request was not carried out; a broken connection leaves that open, so only reads are repeated then. */
function worthRetrying(failure: KubeError, request: KubeRequest): boolean {
  if (failure.reason === 'TooManyRequests') return (failure.retryAfterMs ?? 0) <= 30_000;
  if (request.method !== 'GET')
    return failure.reason === 'ServerUnreachable' && /ECONNREFUSED/.test(failure.message);
  return failure.reason === 'ServerUnreachable' || failure.status === 500 || failure.status === 503;
}

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
