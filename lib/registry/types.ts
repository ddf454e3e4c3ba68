/** What the programs ask of a container registry. */
import type { ImageName } from '../policy/mod.ts';

/** What is known of one tag (spec flux-v1 §8.2, "Info"). */
export interface ImageInfo {
  tag: string;
  /** Digest of the manifest or index the tag points at. */
  digest: string;
  /** Digest of the image config. */
  imageId: string;
  labels: Record<string, string>;
  /** RFC 3339 or undefined when the image does not say. */
  createdAt: string | undefined;
  /** RFC 3339. */
  lastFetched: string;
}

export interface RegistryCredentials {
  username: string;
  password: string;
  /** Where they came from, for logs; never the secret itself. */
  origin: string;
}

/** Credentials for a registry host, `undefined` for anonymous access. */
export type Keychain = (host: string) => Promise<RegistryCredentials | undefined>;

export interface RegistryClient {
  /** Every tag, pages followed, registry's order. @throws RegistryError */
  listTags(
    name: ImageName,
    options: { keychain: Keychain; signal?: AbortSignal },
  ): Promise<string[]>;
  /** Digest of a tag by HEAD; `undefined` when the tag is gone. */
  tagDigest(
    name: ImageName,
    tag: string,
    options: { keychain: Keychain; signal?: AbortSignal },
  ): Promise<string | undefined>;
  /** Manifest and config of a tag or digest. `undefined` when it is gone. */
  imageInfo(
    name: ImageName,
    tag: string,
    options: { keychain: Keychain; signal?: AbortSignal },
  ): Promise<ImageInfo | undefined>;
  close(): Promise<void>;
}
