/** Azure Blob Storage, by its REST API. */
import { createHmac } from 'node:crypto';
import { createDispatcher } from '../../lib/http/mod.ts';
import type { CloudToken } from '../../lib/cloud/mod.ts';
import { Fault } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { encoded, getUrl, refusedWith, refuseTooMany, unquoted, valueOf } from './bucket-store.ts';
import type { BucketStore, Reach, StoredObject } from './bucket-store.ts';

export type AzureLogin =
  /** `key` in base64. */
  | { account: string; key: string }
  /** The query that a shared access signature is. */
  | { signature: string }
  | { token: () => Promise<CloudToken> }
  | 'none';

export interface AzureBlobOptions extends Reach {
  /** `https://account.blob.core.windows.net` */
  endpoint: string;
  login: AzureLogin;
  clock: Clock;
}

const version = '2021-12-02';

export function createAzureBlob(options: AzureBlobOptions): BucketStore {
  const { endpoint, login, clock } = options;
  const dispatcher = createDispatcher(options);
  let token: Promise<CloudToken> | undefined;

  const headersFor = async (url: URL): Promise<Record<string, string>> => {
    const headers = { 'x-ms-date': clock.now().toUTCString(), 'x-ms-version': version };
    if (login === 'none' || 'signature' in login) return headers;
    if ('key' in login)
      return { ...headers, authorization: sharedKey(login.account, login.key, url, headers) };
    token ??= login.token();
    return { ...headers, authorization: `Bearer ${(await token).token}` };
  };
  const send = async (
    path: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ) => {
    const url = new URL(endpoint);
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`;
    if (login !== 'none' && 'signature' in login)
      for (const [name, value] of new URLSearchParams(login.signature))
        if (!url.searchParams.has(name)) url.searchParams.set(name, value);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const answer = await getUrl(url, { headers: await headersFor(url), dispatcher, signal });
    if (answer.ok) return answer;
    const text = await answer.text();
    const code = answer.headers.get('x-ms-error-code') ?? valueOf(text, 'Code') ?? '';
    if (code === 'ContainerNotFound' || code === 'BlobNotFound' || answer.status === 404)
      return undefined;
    const message = valueOf(text, 'Message')?.split('\n')[0] ?? answer.statusText;
    throw refusedWith(answer.status, url.host, code === '' ? message : `${code}: ${message}`);
  };
  const page = async (bucket: string, query: Record<string, string>, signal: AbortSignal) => {
    const all = { restype: 'container', comp: 'list', ...query };
    return (await send(encoded(bucket), all, signal))?.text();
  };
  return {
    exists: async (bucket, signal) => {
      try {
        return (await page(bucket, { maxresults: '1' }, signal)) !== undefined;
      } catch (cause) {
        if (!(cause instanceof Fault) || !cause.message.startsWith('AuthenticationFailed'))
          throw cause;
        const hint =
          'the specified bucket name may be incorrect, nonexistent, or the caller might lack sufficient permissions to access it';
        throw new Fault('AccessDenied', 'retry', bucket, `${hint}: ${cause.message}`, { cause });
      }
    },
    list: async (bucket, prefix, signal) => {
      const found: StoredObject[] = [];
      let marker: string | undefined;
      do {
        const text = await page(
          bucket,
          {
            ...(prefix === '' ? {} : { prefix }),
            ...(marker === undefined || marker === '' ? {} : { marker }),
          },
          signal,
        );
        if (text === undefined) throw refusedWith(404, bucket, 'ContainerNotFound');
        for (const part of text.split('<Blob>').slice(1)) {
          const key = valueOf(part, 'Name');
          const etag = unquoted(valueOf(part, 'Etag') ?? valueOf(part, 'ETag') ?? '');
          if (key !== undefined) found.push({ key, etag });
        }
        refuseTooMany(bucket, found.length);
        marker = valueOf(text, 'NextMarker');
      } while (marker !== undefined && marker !== '');
      return found;
    },
    get: async (bucket, key, signal) => {
      const path = `${encoded(bucket)}/${key.split('/').map(encoded).join('/')}`;
      const answer = await send(path, {}, signal);
      if (answer === undefined) return undefined;
      const etag = unquoted(answer.headers.get('etag') ?? '');
      return { data: Buffer.from(await answer.arrayBuffer()), etag };
    },
    close: () => dispatcher.close(),
  };
}

/** Of a GET without a body ("Authorize with Shared Key" in Azure's documentation). */
export function sharedKey(
  account: string,
  key: string,
  url: URL,
  headers: Readonly<Record<string, string>>,
): string {
  const own = Object.entries(headers)
    .filter(([name]) => name.startsWith('x-ms-'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value}\n`);
  const query = [...url.searchParams]
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `\n${name}:${value}`);
  // Eleven headers that a GET does not have, each with its line.
  const text = `GET${'\n'.repeat(12)}${own.join('')}/${account}${url.pathname}${query.join('')}`;
  const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64');
  return `SharedKey ${account}:${signature}`;
}

/** @throws Error in the words of the original */
export function accountOf(endpoint: string): string {
  const { hostname } = new URL(endpoint);
  const parts = hostname.split('.');
  if (parts.length > 2) return parts[0] ?? '';
  throw new Error(
    `failed to extract account name from endpoint: expected '${hostname}' to be a subdomain`,
  );
}
