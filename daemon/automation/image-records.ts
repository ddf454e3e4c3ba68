/** Records of images by canonical name: in memory, and where a keeper is given, over restarts. */
import type { ImageInfo } from '../../lib/registry/mod.ts';
import { isRecord, messageOf } from '../../lib/runtime/mod.ts';
import type { Logger } from '../../lib/runtime/mod.ts';
import { observing } from '../metrics.ts';
import type { Metrics } from '../metrics.ts';

export interface KnownTag {
  info: ImageInfo;
  /** When to ask whether the tag still points there, in milliseconds since 1970. */
  refreshAt: number;
  everyMs: number;
}

export interface StoredRecord {
  tags: readonly string[];
  known: Map<string, KnownTag>;
  error: string;
  shrunken: boolean;
  /** Milliseconds since 1970; `undefined` before the first scan of this process. */
  scannedAt: number | undefined;
}

/** Keeps texts by key; a key is a canonical image name. */
export interface RecordKeeper {
  read(key: string): Promise<string | undefined>;
  write(key: string, text: string): Promise<void>;
}

export interface ImageRecords {
  get(key: string): StoredRecord | undefined;
  /** The record, out of the keeper when it is not in memory, else a new one. */
  open(key: string): Promise<StoredRecord>;
  /** Hands the record to the keeper; its failure is logged, for the registry can be asked again. */
  keep(key: string): Promise<void>;
}

export function createImageRecords(
  keeper: RecordKeeper | undefined,
  log: Logger,
  { cacheRequest }: Pick<Metrics, 'cacheRequest'>,
): ImageRecords {
  const records = new Map<string, StoredRecord>();
  const stored = async (key: string): Promise<StoredRecord | undefined> => {
    try {
      if (keeper === undefined) return undefined;
      const text = await observing(cacheRequest, { method: 'GetKey' }, () => keeper.read(key));
      return text === undefined ? undefined : parseRecord(text);
    } catch (thrown) {
      log.log({
        warning: 'image metadata kept from before cannot be read',
        err: messageOf(thrown),
      });
      return undefined;
    }
  };
  return {
    get: (key) => records.get(key),
    open: async (key) => {
      const known = records.get(key);
      if (known !== undefined) return known;
      const record = (await stored(key)) ?? {
        tags: [],
        known: new Map<string, KnownTag>(),
        error: '',
        shrunken: false,
        scannedAt: undefined,
      };
      // Two scans of one image may have come here at once.
      const first = records.get(key) ?? record;
      records.set(key, first);
      return first;
    },
    keep: async (key) => {
      const record = records.get(key);
      if (keeper === undefined || record === undefined) return;
      try {
        await observing(cacheRequest, { method: 'SetKey' }, () =>
          keeper.write(key, printRecord(record)),
        );
      } catch (thrown) {
        log.log({ warning: 'image metadata cannot be kept on disk', err: messageOf(thrown) });
      }
    },
  };
}

const version = 1;

export function printRecord({ tags, known }: StoredRecord): string {
  return JSON.stringify({ version, tags, known: [...known] });
}

/** @returns `undefined` for a text of another version or shape */
export function parseRecord(text: string): StoredRecord | undefined {
  const given: unknown = JSON.parse(text);
  if (!isRecord(given) || given.version !== version) return undefined;
  const tags = Array.isArray(given.tags) ? given.tags.filter(isString) : [];
  const known = new Map<string, KnownTag>();
  for (const entry of Array.isArray(given.known) ? given.known : []) {
    if (!Array.isArray(entry) || !isString(entry[0]) || !isRecord(entry[1])) continue;
    const info = parseInfo(entry[1].info);
    const { refreshAt, everyMs } = entry[1];
    if (info === undefined || typeof refreshAt !== 'number' || typeof everyMs !== 'number')
      continue;
    known.set(entry[0], { info, refreshAt, everyMs });
  }
  return { tags, known, error: '', shrunken: false, scannedAt: undefined };
}

function parseInfo(value: unknown): ImageInfo | undefined {
  if (!isRecord(value)) return undefined;
  const { tag, digest, imageId, createdAt, lastFetched } = value;
  if (![tag, digest, imageId, lastFetched].every(isString)) return undefined;
  const labels = Object.entries(isRecord(value.labels) ? value.labels : {}).filter(
    (pair): pair is [string, string] => isString(pair[1]),
  );
  return {
    tag: String(tag),
    digest: String(digest),
    imageId: String(imageId),
    labels: Object.fromEntries(labels),
    createdAt: isString(createdAt) ? createdAt : undefined,
    lastFetched: String(lastFetched),
  };
}

const isString = (value: unknown): value is string => typeof value === 'string';
