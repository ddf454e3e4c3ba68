/**
 * Artifacts on disk: `<kind>/<namespace>/<name>/<file>` below one root. A cache that heals by itself: what is missing or
 * damaged is made anew by its source.
 */
import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { secondsOf } from '../runtime/mod.ts';
import type { Artifact } from './artifact.ts';
import { digestLike, digestOf } from './digest.ts';
import type { DigestAlgorithm } from './digest.ts';

/** Whose artifact it is. */
export interface ArtifactOwner {
  kind: string;
  namespace: string;
  name: string;
}

export interface ArtifactStore {
  readonly root: string;
  /** Writes a file as a whole. */
  put(
    owner: ArtifactOwner,
    file: { name: string; data: Uint8Array; revision: string; metadata?: Record<string, string> },
  ): Promise<Artifact>;
  /** `missing` when there is no file, `damaged` when its bytes are not those of the digest. */
  check(artifact: Artifact): Promise<'good' | 'missing' | 'damaged'>;
  /** `undefined` when there is no such file. */
  read(artifact: Artifact): Promise<Uint8Array | undefined>;
  /** Where the file lies, whether or not it is there. */
  fileOf(artifact: Artifact): string;
  /** Lets a second name of fixed text lead to the file. @returns its URL */
  alias(artifact: Artifact, name: string): Promise<string>;
  remove(artifact: Artifact): Promise<void>;
  removeAll(owner: ArtifactOwner): Promise<boolean>;
  /** Deletes older files of the same owner beyond what is kept. @returns how many */
  collect(artifact: Artifact): Promise<number>;
  /** A URL of this store with the host name of today. */
  withHost(url: string): string;
}

export interface StoreOptions {
  root: string;
  /** Host and port that consumers reach the server at. */
  address: string;
  now: () => Date;
  /** Of what is stored from now on. Default: SHA-256. */
  digestAlgorithm?: DigestAlgorithm;
  /** Files kept besides the present one. */
  keptRecords: number;
  /** Older ones are kept no longer than this, in milliseconds. */
  keptMs: number;
}

const walkLimit = 1000;

export function createArtifactStore(options: StoreOptions): ArtifactStore {
  const { root, address, now } = options;
  /** Digests found to be right, by file, size and time of change; reading a large file takes a while. */
  const verified = new Map<string, string>();

  const folderOf = ({ kind, namespace, name }: ArtifactOwner) =>
    path.posix.join(kind.toLowerCase(), namespace, name);
  const fileOf = (artifact: Artifact) => {
    const file = path.join(root, artifact.path);
    // A status that others wrote may say anything.
    return file.startsWith(`${root}${path.sep}`) ? file : path.join(root, 'nowhere');
  };
  const urlOf = (below: string) => `http://${address}/${below.split('/').map(encodeURI).join('/')}`;
  const markOf = async (file: string) => {
    const info = await lstat(file).catch(ifMissing);
    return info?.isFile() === true ? `${file} ${info.size} ${info.mtimeMs} ${info.ino}` : undefined;
  };

  return {
    root,
    put: async (owner, { name, data, revision, metadata }) => {
      const below = path.posix.join(folderOf(owner), name);
      const file = path.join(root, below);
      await mkdir(path.dirname(file), { recursive: true });
      const partial = path.join(path.dirname(file), `.${randomUUID()}.partial`);
      await writeFile(partial, data, { mode: 0o600 });
      await rename(partial, file);
      const digest = digestOf(data, options.digestAlgorithm);
      const mark = await markOf(file);
      if (mark !== undefined) verified.set(mark, digest);
      return {
        digest,
        lastUpdateTime: secondsOf(now()),
        path: below,
        revision,
        size: data.byteLength,
        url: urlOf(below),
        ...(metadata === undefined ? {} : { metadata }),
      };
    },
    check: async (artifact) => {
      const file = fileOf(artifact);
      const mark = await markOf(file);
      if (mark === undefined) return 'missing';
      if (verified.get(mark) === artifact.digest) return 'good';
      const data = await readFile(file).catch(ifMissing);
      if (data === undefined) return 'missing';
      if (digestLike(artifact.digest, data) !== artifact.digest) return 'damaged';
      verified.set(mark, artifact.digest);
      return 'good';
    },
    read: (artifact) => readFile(fileOf(artifact)).catch(ifMissing),
    fileOf,
    alias: async (artifact, name) => {
      const below = path.posix.join(path.posix.dirname(artifact.path), name);
      const partial = path.join(root, path.dirname(below), `.${randomUUID()}.partial`);
      await symlink(path.posix.basename(artifact.path), partial);
      await rename(partial, path.join(root, below));
      return urlOf(below);
    },
    remove: async (artifact) => {
      await rm(fileOf(artifact), { force: true });
    },
    removeAll: async (owner) => {
      const folder = path.join(root, folderOf(owner));
      const isThere = (await lstat(folder).catch(ifMissing)) !== undefined;
      await rm(folder, { recursive: true, force: true });
      for (const mark of verified.keys()) if (mark.startsWith(`${folder}/`)) verified.delete(mark);
      return isThere;
    },
    collect: async (artifact) => {
      const current = fileOf(artifact);
      const folder = path.dirname(current);
      const old: { file: string; at: number }[] = [];
      for (const name of ((await readdir(folder).catch(ifMissing)) ?? []).slice(0, walkLimit)) {
        const file = path.join(folder, name);
        const info = await lstat(file).catch(ifMissing);
        if (info?.isFile() === true && file !== current) old.push({ file, at: info.mtimeMs });
      }
      old.sort((a, b) => b.at - a.at);
      const tooOld = now().getTime() - options.keptMs;
      const gone = old.filter(({ at }, rank) => at < tooOld || rank >= options.keptRecords);
      for (const { file } of gone) {
        await rm(file, { force: true });
        for (const mark of verified.keys()) if (mark.startsWith(`${file} `)) verified.delete(mark);
      }
      return gone.length;
    },
    withHost: (url) => url.replace(/^https?:\/\/[^/]*\//, `http://${address}/`),
  };
}

function ifMissing(thrown: unknown): undefined {
  if (thrown instanceof Error && 'code' in thrown) {
    if (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR') return undefined;
  }
  throw thrown;
}
