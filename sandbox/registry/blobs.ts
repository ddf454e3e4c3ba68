/** What a registry keeps: blobs by digest, and per repository manifests and tags. In memory. */
import { createHash } from 'node:crypto';

export interface Manifest {
  digest: string;
  mediaType: string;
  data: Buffer;
}

export interface Repository {
  blobs: Set<string>;
  manifests: Map<string, Manifest>;
  /** Tag to digest. */
  tags: Map<string, string>;
}

export interface BlobStore {
  repository(name: string): Repository | undefined;
  /** Made when it does not exist. */
  ensureRepository(name: string): Repository;
  names(): string[];
  blob(digest: string): Buffer | undefined;
  /** Keeps the bytes and lets the repository use them. */
  putBlob(repository: string, data: Buffer): string;
  putManifest(repository: string, reference: string, mediaType: string, data: Buffer): Manifest;
}

export function digestOf(data: Uint8Array): string {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`;
}

export function createBlobStore(): BlobStore {
  const repositories = new Map<string, Repository>();
  const blobs = new Map<string, Buffer>();
  const ensureRepository = (name: string) => {
    const repository = repositories.get(name) ?? {
      blobs: new Set(),
      manifests: new Map(),
      tags: new Map(),
    };
    repositories.set(name, repository);
    return repository;
  };
  return {
    repository: (name) => repositories.get(name),
    ensureRepository,
    names: () => [...repositories.keys()].sort(),
    blob: (digest) => blobs.get(digest),
    putBlob: (name, data) => {
      const digest = digestOf(data);
      blobs.set(digest, data);
      ensureRepository(name).blobs.add(digest);
      return digest;
    },
    putManifest: (name, reference, mediaType, data) => {
      const repository = ensureRepository(name);
      const manifest = { digest: digestOf(data), mediaType, data };
      repository.manifests.set(manifest.digest, manifest);
      if (!reference.startsWith('sha256:')) repository.tags.set(reference, manifest.digest);
      return manifest;
    },
  };
}
