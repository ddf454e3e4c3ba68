/** The part of the S3 API that a Bucket needs: whether it is there, what is in it, one object (AWS Signature Version 4). */
import { fetch } from 'undici';
import { createDispatcher } from '../../lib/http/mod.ts';
import { signAws } from '../../lib/cloud/mod.ts';
import type { AwsKeys } from '../../lib/cloud/mod.ts';
import { Fault, messageOf } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { encoded, refuseTooMany, unquoted, valueOf } from './bucket-store.ts';
import type { BucketStore, Reach, StoredObject } from './bucket-store.ts';

export interface S3Options extends Reach {
  /** `host[:port]` */
  endpoint: string;
  insecure: boolean;
  /** '' for the usual one, or the one that the server names. */
  region: string;
  /** Asked for once, or at hand; absent for public buckets. */
  keys: AwsKeys | (() => Promise<AwsKeys>) | undefined;
  clock: Clock;
}

const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const usualRegion = 'us-east-1';
export function createS3(options: S3Options): BucketStore {
  const { endpoint, insecure, clock } = options;
  const dispatcher = createDispatcher(options);
  let region = options.region === '' ? usualRegion : options.region;
  const scheme = insecure ? 'http' : 'https';

  let asked: Promise<AwsKeys> | undefined;
  const keysOf = () =>
    typeof options.keys === 'function' ? (asked ??= options.keys()) : options.keys;
  const urlOf = (bucket: string, path: string) => {
    const coded = path.split('/').map(encoded).join('/');
    // Amazon's own servers want the bucket in the host name; TLS certificates fit only one more label.
    const isHost = /(^|\.)amazonaws\.com(\.cn)?$/.test(endpoint) && !bucket.includes('.');
    return isHost
      ? new URL(`${scheme}://${bucket}.${endpoint}/${coded}`)
      : new URL(`${scheme}://${endpoint}/${encoded(bucket)}${coded === '' ? '/' : `/${coded}`}`);
  };

  const send = async (
    method: 'GET' | 'HEAD',
    bucket: string,
    path: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ) => {
    for (let isFirst = true; ; isFirst = false) {
      const url = urlOf(bucket, path);
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      const headers: Record<string, string> = { 'x-amz-content-sha256': emptyHash };
      const keys = await keysOf();
      const signed =
        keys === undefined
          ? headers
          : signAws({
              method,
              keys,
              region,
              service: 's3',
              url,
              headers,
              body: '',
              at: clock.now(),
            });
      let answer;
      try {
        answer = await fetch(url, { method, headers: signed, dispatcher, signal });
      } catch (cause) {
        const why = cause instanceof Error ? (cause.cause ?? cause) : cause;
        throw new Fault('Unreachable', 'retry', endpoint, messageOf(why), { cause });
      }
      if (answer.status === 200 || answer.status === 404) return answer;
      const text = await answer.text();
      const wanted = answer.headers.get('x-amz-bucket-region') ?? valueOf(text, 'Region');
      if (isFirst && options.region === '' && wanted !== undefined && wanted !== region) {
        region = wanted;
        continue;
      }
      const message =
        valueOf(text, 'Message') ??
        (answer.status === 403 ? 'Access Denied.' : `${answer.status} ${answer.statusText}`);
      const reason = answer.status === 401 || answer.status === 403 ? 'AccessDenied' : 'Refused';
      throw new Fault(reason, 'retry', endpoint, message);
    }
  };

  return {
    exists: async (bucket, signal) => {
      const answer = await send('HEAD', bucket, '', {}, signal);
      return answer.status === 200;
    },
    list: async (bucket, prefix, signal) => {
      const found: StoredObject[] = [];
      let token: string | undefined;
      do {
        const answer = await send(
          'GET',
          bucket,
          '',
          {
            'list-type': '2',
            ...(prefix === '' ? {} : { prefix }),
            ...(token === undefined ? {} : { 'continuation-token': token }),
          },
          signal,
        );
        const text = await answer.text();
        if (answer.status === 404)
          throw new Fault('Refused', 'retry', bucket, 'The specified bucket does not exist');
        for (const part of text.split('<Contents>').slice(1)) {
          const key = valueOf(part, 'Key');
          if (key !== undefined) found.push({ key, etag: unquoted(valueOf(part, 'ETag') ?? '') });
        }
        refuseTooMany(bucket, found.length);
        token = valueOf(text, 'NextContinuationToken');
      } while (token !== undefined);
      return found;
    },
    get: async (bucket, key, signal) => {
      const answer = await send('GET', bucket, key, {}, signal);
      if (answer.status === 404) {
        await answer.body?.cancel();
        return undefined;
      }
      const etag = unquoted(answer.headers.get('etag') ?? '');
      return { data: Buffer.from(await answer.arrayBuffer()), etag };
    },
    close: () => dispatcher.close(),
  };
}
