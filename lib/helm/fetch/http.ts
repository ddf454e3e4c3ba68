/** GET for chart repositories: credentials, certificates, limits, conditional requests. */
import { readFile } from 'node:fs/promises';
import { fetch } from 'undici';
import type { Dispatcher, RequestInit as UndiciInit } from 'undici';
import { createDispatcher } from '../../http/mod.ts';
import { basicHeader } from '../../registry/mod.ts';
import { messageOf, readUpTo } from '../../runtime/mod.ts';
import { HelmError } from '../chart/mod.ts';

export interface Credentials {
  username: string;
  password: string;
}

/** Certificates of a connection; files in PEM, or the PEM itself. */
export interface TlsFiles {
  caFile?: string;
  certFile?: string;
  keyFile?: string;
  ca?: string;
  cert?: string;
  key?: string;
  insecureSkipTlsVerify?: boolean;
}

/** How a repository or registry is reached. */
export interface TransferOptions {
  credentials?: Credentials;
  tls?: TlsFiles;
  /** Address of a proxy for registries, with user name and password. */
  proxy?: string;
  signal?: AbortSignal;
}

export interface Fetched {
  /** 200 or 304. */
  status: number;
  body: Uint8Array;
  etag: string;
  lastModified: string;
}

const timeoutMs = 120_000;

/**
 * @param options.maxBytes a longer answer is refused
 * @throws HelmError `DownloadFailed`; the message carries no credentials
 */
export async function httpGet(
  url: string,
  options: TransferOptions & { headers?: Record<string, string>; maxBytes: number },
): Promise<Fetched> {
  const shown = withoutUserInfo(url);
  const failed = (message: string, cause?: unknown) =>
    new HelmError('DownloadFailed', shown, message, { cause });
  const headers: Record<string, string> = { 'user-agent': 'Helm/3.19.0', ...options.headers };
  const target = new URL(url);
  const { credentials = ownCredentials(target) } = options;
  if (credentials !== undefined) headers['authorization'] = basicHeader(credentials);
  const limit = AbortSignal.timeout(timeoutMs);
  const signal = options.signal === undefined ? limit : AbortSignal.any([limit, options.signal]);
  const init = { headers, signal };
  const dispatcher = await dispatcherFor(options.tls);
  const response = await fetchWith(shown, init, dispatcher).catch((cause: unknown) => {
    const inner = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
    throw failed(`Get "${shown}": ${messageOf(inner)}`, cause);
  });
  if (response.status !== 200 && response.status !== 304) {
    await response.body?.cancel();
    throw failed(`failed to fetch ${shown} : ${response.status} ${response.statusText}`);
  }
  return {
    status: response.status,
    body: await readBody(response.body, options.maxBytes, (message, cause) =>
      failed(`failed to fetch ${shown} : ${message}`, cause),
    ),
    etag: response.headers.get('etag') ?? '',
    lastModified: response.headers.get('last-modified') ?? '',
  };
}

/** `fetch`, through a dispatcher of its own when certificates ask for one. */
export function fetchWith(
  url: string,
  init: Pick<UndiciInit, 'method' | 'headers' | 'body' | 'signal' | 'redirect'>,
  dispatcher: Dispatcher | undefined,
) {
  return fetch(url, { ...init, ...(dispatcher === undefined ? {} : { dispatcher }) });
}

/** @throws HelmError `DownloadFailed` when a file cannot be read */
export async function dispatcherFor(
  tls: TlsFiles | undefined,
  proxy?: string,
): Promise<Dispatcher | undefined> {
  const connect = await connectOptions(tls);
  if (connect === undefined && proxy === undefined) return undefined;
  return createDispatcher({ proxy, tls: connect });
}

async function connectOptions(tls: TlsFiles | undefined) {
  if (tls === undefined) return undefined;
  const { caFile = '', certFile = '', keyFile = '', insecureSkipTlsVerify = false } = tls;
  const { ca, cert, key } = tls;
  const inline = ca ?? cert ?? key;
  if (
    inline === undefined &&
    caFile === '' &&
    certFile === '' &&
    keyFile === '' &&
    !insecureSkipTlsVerify
  )
    return undefined;
  const read = (file: string) =>
    readFile(file).catch((cause: unknown) => {
      throw new HelmError(
        'DownloadFailed',
        file,
        `can't create TLS config for client: open ${file}: no such file or directory`,
        { cause },
      );
    });
  return {
    rejectUnauthorized: !insecureSkipTlsVerify,
    ...(caFile === '' ? {} : { ca: await read(caFile) }),
    ...(certFile === '' ? {} : { cert: await read(certFile) }),
    ...(keyFile === '' ? {} : { key: await read(keyFile) }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

async function readBody(
  body: AsyncIterable<Uint8Array> | null,
  maxBytes: number,
  failed: (message: string, cause?: unknown) => HelmError,
): Promise<Uint8Array> {
  const content = await readUpTo(body, maxBytes).catch((cause: unknown) => {
    throw failed(messageOf(cause), cause);
  });
  if (content === undefined) throw failed(`more than ${maxBytes} bytes`);
  return content;
}

function ownCredentials({ username, password }: URL): Credentials | undefined {
  if (username === '') return undefined;
  return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
}

export function withoutUserInfo(url: string): string {
  const parsed = new URL(url);
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}
