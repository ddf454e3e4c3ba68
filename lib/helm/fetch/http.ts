/** GET for chart repositories: credentials, limits, conditional requests. */
import { messageOf } from '../../runtime/mod.ts';
import { HelmError } from '../chart/mod.ts';

export interface Credentials {
  username: string;
  password: string;
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
  options: {
    credentials?: Credentials;
    headers?: Record<string, string>;
    maxBytes: number;
    signal?: AbortSignal;
  },
): Promise<Fetched> {
  const shown = withoutUserInfo(url);
  const failed = (message: string, cause?: unknown) =>
    new HelmError('DownloadFailed', shown, `failed to fetch ${shown} : ${message}`, { cause });
  const headers: Record<string, string> = { 'user-agent': 'Helm/3.19.0', ...options.headers };
  const target = new URL(url);
  const { credentials = ownCredentials(target) } = options;
  if (credentials !== undefined) {
    const pair = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
    headers['authorization'] = `Basic ${pair}`;
  }
  const limit = AbortSignal.timeout(timeoutMs);
  const signal = options.signal === undefined ? limit : AbortSignal.any([limit, options.signal]);
  const response = await fetch(shown, { headers, signal }).catch((cause: unknown) => {
    throw failed(
      cause instanceof Error && cause.cause !== undefined
        ? messageOf(cause.cause)
        : messageOf(cause),
      cause,
    );
  });
  if (response.status !== 200 && response.status !== 304) {
    await response.body?.cancel();
    throw failed(`${response.status} ${response.statusText}`);
  }
  return {
    status: response.status,
    body: await readBody(response, options.maxBytes, failed),
    etag: response.headers.get('etag') ?? '',
    lastModified: response.headers.get('last-modified') ?? '',
  };
}

async function readBody(
  response: Response,
  maxBytes: number,
  failed: (message: string, cause?: unknown) => HelmError,
): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of response.body) {
      size += part.byteLength;
      if (size > maxBytes) break;
      parts.push(part);
    }
  } catch (cause) {
    throw failed(messageOf(cause), cause);
  }
  if (size > maxBytes) throw failed(`more than ${maxBytes} bytes`);
  return Buffer.concat(parts);
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
