/** What a Bucket needs of the service that keeps it, whoever that is. */
import { fetch } from 'undici';
import type { Dispatcher } from 'undici';
import { Fault, messageOf } from '../../lib/runtime/mod.ts';
import type { TlsFiles } from '../../lib/helm/fetch/mod.ts';

export interface StoredObject {
  key: string;
  etag: string;
}

export interface BucketStore {
  /** @throws Fault `AccessDenied`, `Unreachable` */
  exists(bucket: string, signal: AbortSignal): Promise<boolean>;
  /** In the order of the server. */
  list(bucket: string, prefix: string, signal: AbortSignal): Promise<StoredObject[]>;
  /** `undefined` when there is none. */
  get(
    bucket: string,
    key: string,
    signal: AbortSignal,
  ): Promise<{ data: Buffer; etag: string } | undefined>;
  close(): Promise<void>;
}

/** How a service is reached. */
export interface Reach {
  tls?: TlsFiles | undefined;
  /** May hold credentials. */
  proxy?: string | undefined;
}

/** More than any bucket that is worth an artifact. */
const mostObjects = 100_000;

export function refuseTooMany(bucket: string, count: number): void {
  if (count <= mostObjects) return;
  throw new Fault('Refused', 'stall', bucket, `more than ${mostObjects} objects`);
}

export interface Asked {
  headers: Readonly<Record<string, string>>;
  dispatcher: Dispatcher;
  signal: AbortSignal;
}

/** GET, with what went wrong on the way as a Fault `Unreachable`. */
export async function getUrl(url: URL, asked: Asked) {
  try {
    return await fetch(url, asked);
  } catch (cause) {
    const why = cause instanceof Error ? (cause.cause ?? cause) : cause;
    throw new Fault('Unreachable', 'retry', url.host, messageOf(why), { cause });
  }
}

/** 401 and 403 are `AccessDenied`, others `Refused`. */
export const refusedWith = (status: number, who: string, message: string) =>
  new Fault(
    status === 401 || status === 403 ? 'AccessDenied' : 'Refused',
    'retry',
    who,
    message === '' ? `status ${status}` : message,
  );

/** As signatures and paths have it: only letters, digits and `-_.~` stay. */
export const encoded = (text: string) =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
  );

export const unquoted = (etag: string) => etag.replace(/^"|"$/g, '');

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

/** Text of the first element of a name. */
export function valueOf(xml: string, name: string): string | undefined {
  const start = xml.indexOf(`<${name}>`);
  const end = xml.indexOf(`</${name}>`, start);
  if (start < 0 || end < 0) return undefined;
  return xml
    .slice(start + name.length + 2, end)
    .replaceAll(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, word) => {
      if (typeof word === 'string') return entities[word] ?? whole;
      const code = typeof hex === 'string' ? parseInt(hex, 16) : Number(decimal);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    });
}
