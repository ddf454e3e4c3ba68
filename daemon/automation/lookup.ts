/** Questions about images that somebody waits for: answered from the store, completed from the registry where it matters. */
import { canonicalNameString, filterAndSort } from '../../lib/policy/mod.ts';
import type { ImageName, ImageRef, Pattern } from '../../lib/policy/mod.ts';
import type { Keychain, RegistryClient } from '../../lib/registry/mod.ts';
import type { ImageRecord, ImageStore } from './image-store.ts';
import type { Scanner } from './scanner.ts';

export interface ImageLookup {
  /** What is known of an image without asking anybody. */
  get(name: ImageName): ImageRecord | undefined;
  /** With the metadata that a filter needs for its order. */
  known(name: ImageName, pattern: Pattern, signal: AbortSignal): Promise<ImageRecord | undefined>;
  /** With the metadata of the tags that a listing shows first, and of the one in use. */
  shown(image: ImageRef, pattern: Pattern, signal: AbortSignal): Promise<ImageRecord | undefined>;
  /** Asks the registry when the store does not know the tag. */
  exists(image: ImageRef, signal: AbortSignal): Promise<boolean>;
}

/** Metadata read for one listing at most; a repository with more tags shows the others without dates. */
const mostForListing = 100;

const anonymous: Keychain = () => Promise.resolve(undefined);

export function createImageLookup(
  store: ImageStore,
  scanner: Pick<Scanner, 'target'>,
  registry: RegistryClient,
): ImageLookup {
  const keychainOf = (name: ImageName) => scanner.target(name)?.keychain ?? anonymous;
  const complete = async (name: ImageName, tags: readonly string[], signal: AbortSignal) => {
    await store.complete({ name, keychain: keychainOf(name) }, tags, signal);
    return store.get(name);
  };
  return {
    get: (name) => store.get(name),
    known: async (name, pattern, signal) => {
      const record = store.get(name);
      if (record === undefined || !pattern.requiresTimestamp) return record;
      return complete(
        name,
        record.tags.filter((tag) => pattern.matches(tag)),
        signal,
      );
    },
    shown: async (image, pattern, signal) => {
      const record = store.get(image);
      if (record === undefined) return undefined;
      const tags = record.tags.map((tag) => ({ tag }));
      // Where the order needs times, the last listed are the likeliest to be new.
      const first = pattern.requiresTimestamp
        ? [...tags].reverse()
        : [...filterAndSort(tags, pattern), ...tags];
      const wanted = new Set([image.tag, ...first.map(({ tag }) => tag)]);
      return complete(
        image,
        [...wanted].filter((tag) => record.tags.includes(tag)).slice(0, mostForListing),
        signal,
      );
    },
    exists: async (image, signal) => {
      if (store.get(image)?.tags.includes(image.tag) === true) return true;
      const keychain = keychainOf(image);
      return (await registry.tagDigest(image, image.tag, { keychain, signal })) !== undefined;
    },
  };
}

/** What v1's API says of an image that the cache does not hold. */
export const missingImage = (image: ImageRef): string =>
  `image "${canonicalNameString(image)}:${image.tag}" does not exist`;
