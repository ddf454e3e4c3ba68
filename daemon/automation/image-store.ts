/** What is known of the images in use: one tag listing a scan, metadata only for tags that a filter needs by time. */
import type { ImageInfo, Keychain, RegistryClient } from '../../lib/registry/mod.ts';
import { canonicalNameString, formatImageName } from '../../lib/policy/mod.ts';
import type { ImageName, Pattern } from '../../lib/policy/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import type { Clock, Logger } from '../../lib/runtime/mod.ts';
import { inParallel } from '../wake.ts';

export interface ImageRecord {
  /** In the registry's order. */
  tags: readonly string[];
  infos: ReadonlyMap<string, ImageInfo>;
  /** Of the last listing; the tags are then those of the one before. */
  error: string;
}

/** An image to scan and the filters that look at it. */
export interface ScanRequest {
  name: ImageName;
  patterns: readonly Pattern[];
  keychain: Keychain;
}

export interface ImageStore {
  /** `undefined` when the image was never scanned. */
  get(name: ImageName): ImageRecord | undefined;
  /** Reads the registry. A failure is logged and kept in the record, never thrown. */
  scan(request: ScanRequest, signal: AbortSignal): Promise<void>;
}

interface Known {
  info: ImageInfo;
  /** When to ask whether the tag still points there, in milliseconds since 1970. */
  refreshAt: number;
  everyMs: number;
}

const firstRefreshMs = 3_600_000;
const soonestMs = 5 * 60_000;
const latestMs = 7 * 24 * 3_600_000;

export interface ImageStoreOptions {
  registry: RegistryClient;
  clock: Clock;
  log: Logger;
  /** Requests at once for one image. */
  burst: number;
}

export function createImageStore({ registry, clock, log, burst }: ImageStoreOptions): ImageStore {
  const records = new Map<string, { tags: string[]; known: Map<string, Known>; error: string }>();

  const scan = async ({ name, patterns, keychain }: ScanRequest, signal: AbortSignal) => {
    const key = canonicalNameString(name);
    const record = records.get(key) ?? { tags: [], known: new Map<string, Known>(), error: '' };
    records.set(key, record);
    const shown = formatImageName(name);
    try {
      const tags = await registry.listTags(name, { keychain, signal });
      const before = new Set(record.tags);
      const fresh = tags.filter((tag) => !before.has(tag));
      for (const tag of record.known.keys()) if (!tags.includes(tag)) record.known.delete(tag);
      record.tags = tags;
      record.error = '';
      const timed = patterns.filter((pattern) => pattern.requiresTimestamp);
      const now = clock.now().getTime();
      const wanted = tags.filter((tag) => timed.some((pattern) => pattern.matches(tag)));
      const missing = wanted.filter((tag) => !record.known.has(tag));
      const due = wanted.filter((tag) => (record.known.get(tag)?.refreshAt ?? Infinity) <= now);
      if (missing.length + due.length + fresh.length === 0) return;
      const counts = {
        tag_count: tags.length,
        to_update: missing.length + due.length,
        of_which_refresh: due.length,
        of_which_missing: missing.length,
      };
      log.log({ info: 'refreshing image', image: shown, ...counts });
      let successful = 0;
      await inParallel([...missing, ...due], burst, async (tag) => {
        try {
          const known = await read(name, tag, record.known.get(tag), keychain, signal);
          if (known === undefined)
            log.log({ warn: `manifest for tag ${tag} missing in repository ${shown}` });
          else record.known.set(tag, known);
          successful += 1;
        } catch (thrown) {
          signal.throwIfAborted();
          log.log({ err: messageOf(thrown), image: `${shown}:${tag}` });
        }
      });
      const attempted = missing.length + due.length;
      log.log({ updated: shown, successful, attempted });
    } catch (thrown) {
      signal.throwIfAborted();
      record.error = messageOf(thrown);
      log.log({ err: record.error, image: shown });
    }
  };

  const read = async (
    name: ImageName,
    tag: string,
    before: Known | undefined,
    keychain: Keychain,
    signal: AbortSignal,
  ): Promise<Known | undefined> => {
    const now = clock.now().getTime();
    if (before !== undefined) {
      const digest = await registry.tagDigest(name, tag, { keychain, signal });
      if (digest === before.info.digest) {
        const everyMs = Math.min(latestMs, before.everyMs * 2);
        return { ...before, everyMs, refreshAt: now + everyMs };
      }
    }
    const info = await registry.imageInfo(name, tag, { keychain, signal });
    if (info === undefined) return undefined;
    const everyMs = before === undefined ? firstRefreshMs : Math.max(soonestMs, before.everyMs / 2);
    return { info, everyMs, refreshAt: now + everyMs };
  };

  return {
    scan,
    get: (name) => {
      const record = records.get(canonicalNameString(name));
      if (record === undefined) return undefined;
      const infos = new Map([...record.known].map(([tag, { info }]) => [tag, info]));
      return { tags: record.tags, infos, error: record.error };
    },
  };
}
