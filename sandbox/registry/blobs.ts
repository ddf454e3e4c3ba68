/** What a registry keeps: blobs by digest, and per repository manifests and tags. In memory, or in a folder too. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface Manifest {
  digest: string;
  mediaType: string;
  data: Buffer;
}

export interface Repository {
  readonly blobs: ReadonlySet<string>;
  readonly manifests: ReadonlyMap<string, Manifest>;
  /** Tag to digest. */
  readonly tags: ReadonlyMap<string, string>;
}

export interface BlobStore {
  repository(name: string): Repository | undefined;
  names(): string[];
  blob(digest: string): Buffer | undefined;
  /** Keeps the bytes and lets the repository use them. */
  putBlob(repository: string, data: Buffer): string;
  putManifest(repository: string, reference: string, mediaType: string, data: Buffer): Manifest;
  /** @returns false when there was no such tag */
  deleteTag(repository: string, tag: string): boolean;
  /** With its tags. */
  deleteManifest(repository: string, digest: string): void;
  /** The repository has it no longer; others may. */
  deleteBlob(repository: string, digest: string): void;
}

interface Kept {
  blobs: Set<string>;
  manifests: Map<string, Manifest>;
  tags: Map<string, string>;
}

/** `index.json` of the folder. Manifests lie among the blobs. */
interface Index {
  repositories: Record<
    string,
    {
      blobs: string[];
      manifests: { digest: string; mediaType: string }[];
      tags: [string, string][];
    }
  >;
}

export function digestOf(data: Uint8Array): string {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`;
}

/** @param folder where everything is kept as well, and found again; `undefined` for memory alone */
export function createBlobStore(folder?: string): BlobStore {
  const repositories = new Map<string, Kept>();
  const blobs = new Map<string, Buffer>();
  const disk = folder === undefined ? undefined : openFolder(folder);
  const blob = (digest: string) => blobs.get(digest) ?? disk?.read(digest);
  for (const [name, { blobs: digests, manifests, tags }] of Object.entries(
    disk?.index().repositories ?? {},
  )) {
    repositories.set(name, {
      blobs: new Set(digests),
      manifests: new Map(
        manifests.flatMap(({ digest, mediaType }) => {
          const data = blob(digest);
          return data === undefined ? [] : [[digest, { digest, mediaType, data }] as const];
        }),
      ),
      tags: new Map(tags),
    });
  }
  const save = () => {
    disk?.writeIndex({
      repositories: Object.fromEntries(
        [...repositories].map(([name, kept]) => [
          name,
          {
            blobs: [...kept.blobs],
            manifests: [...kept.manifests.values()].map(({ digest, mediaType }) => ({
              digest,
              mediaType,
            })),
            tags: [...kept.tags],
          },
        ]),
      ),
    });
  };
  const ensure = (name: string): Kept => {
    const kept = repositories.get(name) ?? {
      blobs: new Set(),
      manifests: new Map(),
      tags: new Map(),
    };
    repositories.set(name, kept);
    return kept;
  };
  const keep = (digest: string, data: Buffer) => {
    if (disk === undefined) blobs.set(digest, data);
    else disk.write(digest, data);
  };
  return {
    repository: (name) => repositories.get(name),
    names: () => [...repositories.keys()].sort(),
    blob,
    putBlob: (name, data) => {
      const digest = digestOf(data);
      keep(digest, data);
      ensure(name).blobs.add(digest);
      save();
      return digest;
    },
    putManifest: (name, reference, mediaType, data) => {
      const kept = ensure(name);
      const manifest = { digest: digestOf(data), mediaType, data };
      if (disk !== undefined) disk.write(manifest.digest, data);
      kept.manifests.set(manifest.digest, manifest);
      if (!reference.startsWith('sha256:')) kept.tags.set(reference, manifest.digest);
      save();
      return manifest;
    },
    deleteTag: (name, tag) => {
      const deleted = repositories.get(name)?.tags.delete(tag) === true;
      if (deleted) save();
      return deleted;
    },
    deleteManifest: (name, digest) => {
      const kept = repositories.get(name);
      kept?.manifests.delete(digest);
      for (const [tag, target] of kept?.tags ?? []) if (target === digest) kept?.tags.delete(tag);
      save();
    },
    deleteBlob: (name, digest) => {
      repositories.get(name)?.blobs.delete(digest);
      save();
    },
  };
}

/** Files named by digest, and one index that is replaced as a whole. */
function openFolder(folder: string) {
  const contents = path.join(folder, 'sha256');
  mkdirSync(contents, { recursive: true });
  const indexFile = path.join(folder, 'index.json');
  const fileOf = (digest: string) => path.join(contents, digest.slice('sha256:'.length));
  const replace = (file: string, data: string | Buffer) => {
    writeFileSync(`${file}.new`, data);
    renameSync(`${file}.new`, file);
  };
  return {
    // Written by this file alone.
    index: (): Index =>
      existsSync(indexFile)
        ? (JSON.parse(readFileSync(indexFile, 'utf8')) as Index)
        : { repositories: {} },
    writeIndex: (index: Index) => {
      replace(indexFile, JSON.stringify(index));
    },
    read: (digest: string): Buffer | undefined =>
      existsSync(fileOf(digest)) ? readFileSync(fileOf(digest)) : undefined,
    write: (digest: string, data: Buffer) => {
      if (!existsSync(fileOf(digest))) replace(fileOf(digest), data);
    },
  };
}
