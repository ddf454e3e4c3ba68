/** Requests to an OCI registry, with the authorization that it asks for (Distribution Specification 1.1). */
import type { Dispatcher } from 'undici';
import { asksForBasic, basicHeader, bearerHeader, tokenUrl } from '../../registry/mod.ts';
import { messageOf, readUpTo } from '../../runtime/mod.ts';
import { HelmError } from '../chart/mod.ts';
import { dispatcherFor, fetchWith } from './http.ts';
import type { Credentials, TransferOptions } from './http.ts';

export interface OciOptions extends TransferOptions {
  /** Credentials of a host, when none are given for all. */
  credentialsFor?: (host: string) => Promise<Credentials | undefined>;
  plainHttp?: boolean;
}

export interface OciRequest {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  host: string;
  /** Whose token is asked for; '' for none. */
  repository: string;
  /** Below `/v2/`, or a whole URL that the registry named. */
  path: string;
  access: 'pull' | 'pull,push';
  headers?: Record<string, string>;
  body?: Uint8Array;
}

export interface OciAnswer {
  status: number;
  headers: Headers | { get(name: string): string | null };
  body: Uint8Array;
}

export interface OciTransport {
  /** Answers below 400, and 404. @throws HelmError `DownloadFailed` */
  send(request: OciRequest): Promise<OciAnswer>;
}

const timeoutMs = 120_000;
/** Of one answer: a chart with room to spare. */
const mostBytes = 256 * 1024 * 1024;

export function createOciTransport(options: OciOptions): OciTransport {
  const authorizations = new Map<string, string>();
  const plainHosts = new Set<string>();
  let dispatcher: Promise<Dispatcher | undefined> | undefined;

  const credentialsOf = async (host: string) =>
    options.credentials ?? (await options.credentialsFor?.(host));

  const urlOf = (request: OciRequest) => {
    if (/^https?:\/\//.test(request.path)) return request.path;
    const scheme = options.plainHttp === true || plainHosts.has(request.host) ? 'http' : 'https';
    return `${scheme}://${apiHost(request.host)}/v2/${request.path}`;
  };

  const once = async (request: OciRequest, authorization: string | undefined) => {
    dispatcher ??= dispatcherFor(options.tls, options.proxy);
    const limit = AbortSignal.timeout(timeoutMs);
    const signal = options.signal === undefined ? limit : AbortSignal.any([limit, options.signal]);
    const attempt = async (url: string) =>
      fetchWith(
        url,
        {
          method: request.method,
          signal,
          headers: {
            'user-agent': 'Helm/3.19.0',
            ...request.headers,
            ...(authorization === undefined || !sameHost(url, request.host)
              ? {}
              : { authorization }),
          },
          ...(request.body === undefined ? {} : { body: request.body }),
        },
        await dispatcher,
      );
    const url = urlOf(request);
    try {
      return await attempt(url);
    } catch (thrown) {
      // A server without TLS answers the handshake in plain text; Helm then speaks HTTP with it.
      if (!url.startsWith('https:') || codeOf(thrown) !== 'ERR_SSL_WRONG_VERSION_NUMBER')
        throw failed(request, url, thrown);
      plainHosts.add(request.host);
      return attempt(urlOf(request)).catch((second: unknown) => {
        throw failed(request, urlOf(request), second);
      });
    }
  };

  return {
    send: async (request) => {
      const key = `${request.host}/${request.repository} ${request.access}`;
      for (let challenged = false; ;) {
        const response = await once(request, authorizations.get(key));
        if (response.status === 401 && !challenged) {
          challenged = true;
          await response.body?.cancel();
          const challenge = response.headers.get('www-authenticate') ?? '';
          const authorization = await answer(
            challenge,
            request,
            await credentialsOf(request.host),
            {
              dispatcher: await dispatcher,
              signal: options.signal,
            },
          );
          if (authorization !== undefined) {
            authorizations.set(key, authorization);
            continue;
          }
          throw new HelmError(
            'DownloadFailed',
            request.host,
            `${request.method} "${urlOf(request)}": ${asksForBasic(challenge) ? 'basic credential not found' : 'response status code 401: Unauthorized'}`,
          );
        }
        const body = await bodyOf(response.body, request);
        if (response.status < 400 || response.status === 404)
          return { status: response.status, headers: response.headers, body };
        throw new HelmError(
          'DownloadFailed',
          request.host,
          `${request.method} "${urlOf(request)}": response status code ${response.status}: ${reasonOf(body, response.statusText)}`,
        );
      }
    },
  };
}

/** Docker Hub's registry answers under another name. */
const apiHost = (host: string) => (host === 'docker.io' ? 'registry-1.docker.io' : host);

const sameHost = (url: string, host: string) =>
  new URL(url).host === new URL(`http://${apiHost(host)}`).host ||
  new URL(url).host === new URL(`https://${apiHost(host)}`).host;

async function answer(
  challenge: string,
  request: OciRequest,
  credentials: Credentials | undefined,
  how: { dispatcher: Dispatcher | undefined; signal: AbortSignal | undefined },
): Promise<string | undefined> {
  const basic = credentials === undefined ? undefined : basicHeader(credentials);
  if (asksForBasic(challenge)) return basic;
  const url = tokenUrl(challenge, request);
  if (url === undefined) return undefined;
  const response = await fetchWith(
    url.href,
    {
      headers: basic === undefined ? {} : { authorization: basic },
      ...(how.signal === undefined ? {} : { signal: how.signal }),
    },
    how.dispatcher,
  ).catch((thrown: unknown) => {
    throw failed(request, url.href, thrown);
  });
  if (!response.ok) {
    await response.body?.cancel();
    return undefined;
  }
  return bearerHeader(await response.json());
}

async function bodyOf(
  body: AsyncIterable<Uint8Array> | null,
  request: OciRequest,
): Promise<Uint8Array> {
  const content = await readUpTo(body, mostBytes);
  if (content !== undefined) return content;
  throw new HelmError('DownloadFailed', request.host, `more than ${mostBytes} bytes`);
}

/** The registry's own words for a refusal, when it has some. */
function reasonOf(body: Uint8Array, statusText: string): string {
  try {
    const json: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    const errors: unknown =
      typeof json === 'object' && json !== null && 'errors' in json ? json.errors : undefined;
    if (!Array.isArray(errors)) return statusText;
    return errors
      .flatMap((each: unknown) => {
        if (typeof each !== 'object' || each === null) return [];
        const code = 'code' in each ? String(each.code).toLowerCase().replaceAll('_', ' ') : '';
        const message = 'message' in each ? String(each.message) : '';
        return [`${code}: ${message}`];
      })
      .join('; ');
  } catch {
    // No JSON, so that the status must do.
    return statusText;
  }
}

function failed(request: OciRequest, url: string, thrown: unknown): HelmError {
  const inner = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
  return new HelmError(
    'DownloadFailed',
    request.host,
    `failed to do request: ${request.method} "${url}": ${messageOf(inner)}`,
    { cause: thrown },
  );
}

function codeOf(thrown: unknown): string {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
}
