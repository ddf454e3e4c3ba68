/** Google Cloud Storage, by its JSON API. */
import { createDispatcher } from '../../lib/http/mod.ts';
import type { CloudToken } from '../../lib/cloud/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';
import { Fields } from '../runtime/mod.ts';
import { encoded, getUrl, refusedWith, refuseTooMany } from './bucket-store.ts';
import type { BucketStore, Reach, StoredObject } from './bucket-store.ts';

export interface GcsOptions extends Reach {
  /** `https://storage.googleapis.com`, or an emulator's. */
  address: string;
  /** Asked once, at the first request. */
  token: () => Promise<CloudToken>;
}

export function createGcs(options: GcsOptions): BucketStore {
  const dispatcher = createDispatcher(options);
  const base = `${options.address.replace(/\/+$/, '')}/storage/v1/b`;
  let token: Promise<CloudToken> | undefined;
  const send = async (
    path: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ) => {
    token ??= options.token();
    const url = new URL(`${base}/${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const headers = { authorization: `Bearer ${(await token).token}` };
    const answer = await getUrl(url, { headers, dispatcher, signal });
    if (answer.ok || answer.status === 404) return answer;
    const text = await answer.text();
    throw refusedWith(answer.status, url.host, messageIn(text) ?? answer.statusText);
  };
  const json = async (path: string, query: Readonly<Record<string, string>>, at: AbortSignal) => {
    const answer = await send(path, query, at);
    const text = await answer.text();
    return answer.status === 404 ? undefined : parsed(text);
  };
  return {
    exists: async (bucket, signal) =>
      (await json(encoded(bucket), { fields: 'name' }, signal)) !== undefined,
    list: async (bucket, prefix, signal) => {
      const found: StoredObject[] = [];
      let next: string | undefined;
      do {
        const query = {
          fields: 'nextPageToken,items(name,etag)',
          ...(prefix === '' ? {} : { prefix }),
          ...(next === undefined ? {} : { pageToken: next }),
        };
        const page = await json(`${encoded(bucket)}/o`, query, signal);
        if (page === undefined) throw refusedWith(404, bucket, 'storage: bucket doesn’t exist');
        for (const each of page.each('items')) {
          const key = each.text('name');
          if (key !== undefined) found.push({ key, etag: each.text('etag') ?? '' });
        }
        refuseTooMany(bucket, found.length);
        next = page.text('nextPageToken');
      } while (next !== undefined && next !== '');
      return found;
    },
    get: async (bucket, key, signal) => {
      const path = `${encoded(bucket)}/o/${encoded(key)}`;
      const about = await json(path, { fields: 'etag,generation' }, signal);
      if (about === undefined) return undefined;
      // What was described, not what came after it.
      const generation = about.text('generation');
      const media = await send(
        path,
        { alt: 'media', ...(generation === undefined ? {} : { generation }) },
        signal,
      );
      if (media.status === 404) {
        await media.body?.cancel();
        return undefined;
      }
      return { data: Buffer.from(await media.arrayBuffer()), etag: about.text('etag') ?? '' };
    },
    close: () => dispatcher.close(),
  };
}

function parsed(text: string): Fields {
  const value: unknown = JSON.parse(text);
  return new Fields(isRecord(value) ? value : {});
}

function messageIn(text: string): string | undefined {
  try {
    return parsed(text).at('error').text('message');
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}
