/** Repository indexes as charts look things up in them: little of each entry, kept for as long as they are used. */
import { parseVersion } from '../../lib/policy/mod.ts';
import type { Version } from '../../lib/policy/mod.ts';
import type { Artifact, ArtifactStore } from '../artifacts/mod.ts';
import { Fields } from '../runtime/mod.ts';

export interface SlimEntry {
  version: string;
  parsed: Version;
  urls: readonly string[];
  /** RFC 3339; '' when the index does not say. */
  created: string;
}

/** By chart name, in the index's order. */
export type SlimIndex = ReadonlyMap<string, readonly SlimEntry[]>;

export interface IndexCache {
  /** @returns `undefined` when the artifact is not in the store */
  get(artifact: Artifact): Promise<SlimIndex | undefined>;
}

/** Indexes kept, the ones used last. */
const kept = 16;

export function createIndexCache(store: ArtifactStore): IndexCache {
  const known = new Map<string, Promise<SlimIndex | undefined>>();
  return {
    get: (artifact) => {
      const { digest } = artifact;
      const found = known.get(digest) ?? read(store, artifact);
      known.delete(digest);
      known.set(digest, found);
      for (const old of known.keys()) {
        if (known.size <= kept) break;
        known.delete(old);
      }
      found.then(
        (index) => {
          if (index === undefined) known.delete(digest);
        },
        () => known.delete(digest),
      );
      return found;
    },
  };
}

async function read(store: ArtifactStore, artifact: Artifact): Promise<SlimIndex | undefined> {
  const data = await store.read(artifact);
  return data === undefined ? undefined : readSlimIndex(data);
}

/** @param data an index in JSON */
export function readSlimIndex(data: Uint8Array): SlimIndex {
  const entries = new Fields(JSON.parse(Buffer.from(data).toString('utf8'))).at('entries');
  return new Map(
    Object.keys(entries.value).map((name) => [
      name,
      entries.each(name).flatMap((entry) => {
        const version = entry.text('version') ?? '';
        const parsed = strictVersion(version);
        if (parsed === undefined) return [];
        return [
          { version, parsed, urls: entry.texts('urls'), created: entry.text('created') ?? '' },
        ];
      }),
    ]),
  );
}

/** A version of three numbers, perhaps behind a `v` (fluxcd/pkg version.ParseVersion). */
export const strictVersion = (text: string): Version | undefined =>
  /^v?\d+\.\d+\.\d+(?![.\d])/.test(text) ? parseVersion(text) : undefined;
