/** What is known of the images in use: one tag listing a scan, metadata only for tags that a filter needs by time. */
import { RegistryError } from '../../lib/registry/mod.ts';
import type { ImageInfo, Keychain, RegistryClient } from '../../lib/registry/mod.ts';
import { canonicalNameString, formatImageName, globMatcher } from '../../lib/policy/mod.ts';
import type { ImageName, Pattern } from '../../lib/policy/mod.ts';
import { inParallel, messageOf } from '../../lib/runtime/mod.ts';
import type { Clock, Logger } from '../../lib/runtime/mod.ts';
import { createImageRecords } from './image-records.ts';
import type { KnownTag, RecordKeeper, StoredRecord } from './image-records.ts';
import { labelTime } from './label-time.ts';
import { observing } from '../metrics.ts';
import type { Metrics } from '../metrics.ts';

export interface ImageRecord {
  /** In the registry's order. */
  tags: readonly string[];
  infos: ReadonlyMap<string, ImageInfo>;
  /** Of the last listing; the tags are then those of the one before. */
  error: string;
  /** Why the last listing is not believed yet: it lost most of the tags; the tags are those of the one before. */
  shrunken: boolean;
}

/** An image to scan and who looks at it. */
export interface ScanRequest {
  name: ImageName;
  /** Filters of automated workloads. */
  patterns: readonly Pattern[];
  /** Tags in use: their age is compared with that of newer ones. */
  current: readonly string[];
  keychain: Keychain;
}

export interface ScanResult {
  /** Tags that the listing before did not have. */
  fresh: readonly string[];
  /** The registry asked to be left alone for so long. */
  retryAfterMs?: number;
}

export interface ImageStore {
  /** `undefined` when the image was never scanned. */
  get(name: ImageName): ImageRecord | undefined;
  /** Reads the registry. A failure is logged and kept in the record, never thrown. */
  scan(request: ScanRequest, signal: AbortSignal): Promise<ScanResult>;
  /** Reads the metadata of these tags where it is not known yet, for a listing shown to people; failures leave it unknown. */
  complete(
    request: Pick<ScanRequest, 'name' | 'keychain'>,
    tags: readonly string[],
    signal: AbortSignal,
  ): Promise<void>;
}

const firstRefreshMs = 3_600_000;
const soonestMs = 5 * 60_000;
const latestMs = 7 * 24 * 3_600_000;

/** A listing that lost more than half of at least so many tags is believed only when the next one says the same. */
const suspiciousFrom = 4;

export interface ImageStoreOptions {
  registry: RegistryClient;
  clock: Clock;
  log: Logger;
  /** Requests at once for one image. */
  burst: number;
  /** Globs over canonical names: there the labels' build time counts more than the registry's. */
  labelGlobs: readonly string[];
  /** Keeps records over restarts; `undefined` keeps them in memory only. */
  keeper: RecordKeeper | undefined;
  /** Log cache decisions too. */
  trace: boolean;
  metrics: Pick<Metrics, 'clientFetch' | 'cacheRequest' | 'registryFetch'>;
}

export function createImageStore(options: ImageStoreOptions): ImageStore {
  const { registry, clock, log, burst, trace, metrics } = options;
  const records = createImageRecords(options.keeper, log, metrics);
  const byLabels = options.labelGlobs.map(globMatcher);
  const now = () => clock.now().getTime();

  const readTag = async (
    { name, keychain }: Pick<ScanRequest, 'name' | 'keychain'>,
    tag: string,
    record: StoredRecord,
    signal: AbortSignal,
  ): Promise<KnownTag | undefined> => {
    const before = record.known.get(tag);
    if (before !== undefined) {
      const digest = await observing(metrics.clientFetch, { kind: 'metadata' }, () =>
        registry.tagDigest(name, tag, { keychain, signal }),
      );
      if (digest === undefined) return undefined;
      if (digest === before.info.digest) {
        const everyMs = Math.min(latestMs, before.everyMs * 2);
        return { ...before, everyMs, refreshAt: now() + everyMs };
      }
      const everyMs = Math.max(soonestMs, before.everyMs / 2);
      const same = [...record.known.values()].find(({ info }) => info.digest === digest);
      if (same !== undefined)
        return {
          info: { ...same.info, tag, lastFetched: clock.now().toISOString() },
          everyMs,
          refreshAt: now() + everyMs,
        };
    }
    const info = await observing(metrics.clientFetch, { kind: 'metadata' }, () =>
      registry.imageInfo(name, tag, { keychain, signal }),
    );
    if (info === undefined) return undefined;
    const everyMs = before === undefined ? firstRefreshMs : Math.max(soonestMs, before.everyMs / 2);
    const canonical = canonicalNameString(name);
    const dated = byLabels.some((matches) => matches(canonical)) ? labelTime(info, log) : info;
    return { info: dated, everyMs, refreshAt: now() + everyMs };
  };

  /** @returns how many were read; a registry's wish to be left alone ends it */
  const readTags = async (
    request: Pick<ScanRequest, 'name' | 'keychain'>,
    tags: readonly string[],
    record: StoredRecord,
    signal: AbortSignal,
  ): Promise<{ successful: number; limited: RegistryError | undefined }> => {
    const shown = formatImageName(request.name);
    let successful = 0;
    let limited: RegistryError | undefined;
    await inParallel(tags, burst, async (tag) => {
      if (limited !== undefined) return;
      try {
        const known = await readTag(request, tag, record, signal);
        if (known === undefined) {
          record.known.delete(tag);
          log.log({ warn: `manifest for tag ${tag} missing in repository ${shown}` });
        } else record.known.set(tag, known);
        successful += 1;
      } catch (thrown) {
        signal.throwIfAborted();
        if (thrown instanceof RegistryError && thrown.reason === 'RateLimited') limited = thrown;
        else log.log({ err: messageOf(thrown), image: `${shown}:${tag}` });
      }
    });
    if (limited !== undefined)
      log.log({
        info: 'aborting image tag fetching due to rate limiting, will try again later',
        image: shown,
      });
    return { successful, limited };
  };

  /** Takes over a listing; a shrunken one only the second time. @returns tags that are new */
  const believe = (
    record: StoredRecord,
    tags: readonly string[],
    { name, current }: ScanRequest,
  ): string[] => {
    const listed = new Set(tags);
    const lost = record.tags.filter((tag) => !listed.has(tag)).length;
    const odd = record.tags.length >= suspiciousFrom && lost * 2 > record.tags.length;
    if (odd && !record.shrunken) {
      record.shrunken = true;
      log.log({
        warning: `the registry lists ${tags.length} tags and ${lost} of the ${record.tags.length} known ones are gone; waiting for the next listing to say the same`,
        image: formatImageName(name),
      });
      return [];
    }
    const before = new Set(record.tags);
    record.shrunken = false;
    record.tags = tags;
    // The age of a tag in use still counts when somebody deletes it.
    for (const tag of record.known.keys())
      if (!listed.has(tag) && !current.includes(tag)) record.known.delete(tag);
    return tags.filter((tag) => !before.has(tag));
  };

  const scan = async (request: ScanRequest, signal: AbortSignal): Promise<ScanResult> => {
    const { name, patterns, current, keychain } = request;
    const record = await records.open(canonicalNameString(name));
    const shown = formatImageName(name);
    try {
      const tags = await observing(metrics.clientFetch, { kind: 'tags' }, () =>
        registry.listTags(name, { keychain, signal }),
      );
      const fresh = believe(record, tags, request);
      record.error = '';
      record.scannedAt = now();
      const timed = patterns.filter((pattern) => pattern.requiresTimestamp);
      const used = timed.length === 0 ? [] : current;
      const wanted = record.tags.filter(
        (tag) => used.includes(tag) || timed.some((pattern) => pattern.matches(tag)),
      );
      const missing = wanted.filter((tag) => !record.known.has(tag));
      const due = wanted.filter((tag) => (record.known.get(tag)?.refreshAt ?? Infinity) <= now());
      const attempted = missing.length + due.length;
      if (trace)
        log.log({
          trace: 'scanned',
          image: shown,
          tag_count: tags.length,
          new: fresh.length,
          known: record.known.size,
          to_update: attempted,
        });
      if (attempted + fresh.length === 0) return { fresh };
      log.log({
        info: 'refreshing image',
        image: shown,
        tag_count: tags.length,
        to_update: attempted,
        of_which_refresh: due.length,
        of_which_missing: missing.length,
      });
      const { successful, limited } = await readTags(request, [...missing, ...due], record, signal);
      log.log({ updated: shown, successful, attempted });
      await records.keep(canonicalNameString(name));
      return { fresh, ...waitOf(limited) };
    } catch (thrown) {
      signal.throwIfAborted();
      record.error = messageOf(thrown);
      record.scannedAt = now();
      log.log({ err: record.error, image: shown });
      return { fresh: [], ...waitOf(thrown) };
    }
  };

  return {
    scan,
    complete: async (request, tags, signal) => {
      const key = canonicalNameString(request.name);
      const record = records.get(key);
      const missing = tags.filter((tag) => record?.known.has(tag) === false);
      if (record === undefined || missing.length === 0) return;
      await readTags(request, missing, record, signal);
      await records.keep(key);
    },
    get: (name) => {
      const read = metrics.registryFetch.startTimer();
      const record = records.get(canonicalNameString(name));
      if (record?.scannedAt === undefined) {
        read({ success: 'false' });
        return undefined;
      }
      const infos = new Map([...record.known].map(([tag, { info }]) => [tag, info]));
      read({ success: 'true' });
      return { tags: record.tags, infos, error: record.error, shrunken: record.shrunken };
    },
  };
}

function waitOf(thrown: unknown): Pick<ScanResult, 'retryAfterMs'> {
  return thrown instanceof RegistryError && thrown.retryAfterMs !== undefined
    ? { retryAfterMs: thrown.retryAfterMs }
    : {};
}
