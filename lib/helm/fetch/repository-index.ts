/** The index of a chart repository: which versions there are and where (helm 3.19 pkg/repo/index.go). */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../runtime/mod.ts';
import { compareVersions, parseConstraint, parseVersion } from '../../policy/mod.ts';
import { HelmError } from '../chart/mod.ts';
import { parseYaml } from '../yaml/mod.ts';
import { httpGet, withoutUserInfo } from './http.ts';
import type { TransferOptions } from './http.ts';

export interface IndexEntry {
  version: string;
  /** Absolute, or relative to the repository. */
  urls: string[];
  /** SHA-256 of the archive in hexadecimal; '' when the index does not say. */
  digest: string;
}

/** By chart name, newest version first. */
export type RepositoryIndex = Readonly<Record<string, readonly IndexEntry[]>>;

interface Stored {
  etag: string;
  lastModified: string;
  entries: RepositoryIndex;
}

const maxIndexBytes = 200 * 1024 * 1024;

/**
 * Fetches the index, or finds that the one in the cache is still the repository's.
 *
 * @throws HelmError `DownloadFailed`, `InvalidChart`
 */
export async function fetchIndex(
  repository: string,
  cacheFolder: string,
  options: TransferOptions = {},
): Promise<RepositoryIndex> {
  const shown = withoutUserInfo(repository);
  const key = createHash('sha256').update(shown).digest('hex').slice(0, 32);
  const file = path.join(cacheFolder, 'index', `${key}.json`);
  const stored = await readStored(file);
  const url = new URL(repository);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/index.yaml`;
  const answer = await httpGet(url.href, {
    ...options,
    maxBytes: maxIndexBytes,
    headers: {
      ...(stored === undefined || stored.etag === '' ? {} : { 'if-none-match': stored.etag }),
      ...(stored === undefined || stored.lastModified === ''
        ? {}
        : { 'if-modified-since': stored.lastModified }),
    },
  }).catch((cause: unknown) => {
    throw new HelmError(
      'DownloadFailed',
      shown,
      `looks like "${shown}" is not a valid chart repository or cannot be reached: ${messageOf(cause)}`,
      { cause },
    );
  });
  if (answer.status === 304 && stored !== undefined) return stored.entries;
  const entries = readIndex(new TextDecoder().decode(answer.body), shown);
  const { etag, lastModified } = answer;
  if (etag !== '' || lastModified !== '') {
    await writeWhole(file, JSON.stringify({ etag, lastModified, entries } satisfies Stored));
  }
  return entries;
}

/** @throws HelmError `InvalidChart` when the text is no index */
export function readIndex(text: string, repository: string): RepositoryIndex {
  const index = parseYaml(text);
  const apiVersion = index instanceof Map ? index.get('apiVersion') : undefined;
  const charts = index instanceof Map ? index.get('entries') : undefined;
  if (typeof apiVersion !== 'string' || apiVersion === '') {
    throw new HelmError(
      'InvalidChart',
      repository,
      `looks like "${repository}" is not a valid chart repository or cannot be reached: no API version specified`,
    );
  }
  const entries: Record<string, IndexEntry[]> = Object.create(null) as Record<string, IndexEntry[]>;
  if (!(charts instanceof Map)) return entries;
  for (const [name, versions] of charts) {
    if (!Array.isArray(versions)) continue;
    entries[name] = versions
      .flatMap((each) => {
        if (!(each instanceof Map)) return [];
        const [version, urls, digest] = [each.get('version'), each.get('urls'), each.get('digest')];
        const parsed = typeof version === 'string' ? parseVersion(version) : undefined;
        if (typeof version !== 'string' || parsed === undefined) return [];
        const locations = Array.isArray(urls) ? urls.filter((url) => typeof url === 'string') : [];
        const entry = {
          version,
          urls: locations,
          digest: typeof digest === 'string' ? digest.replace(/^sha256:/, '') : '',
        };
        return [{ entry, parsed }];
      })
      .sort((a, b) => compareVersions(b.parsed, a.parsed))
      .map(({ entry }) => entry);
  }
  return entries;
}

/**
 * The entry with exactly this version, else the newest that the range allows; '' means any release.
 *
 * @throws PolicyError `InvalidConstraint`
 */
export function pickVersion(
  versions: readonly IndexEntry[],
  wanted: string,
): IndexEntry | undefined {
  const exact = wanted === '' ? undefined : versions.find(({ version }) => version === wanted);
  if (exact !== undefined) return exact;
  const range = parseConstraint(wanted === '' ? '*' : wanted);
  return versions.find(({ version }) => {
    const parsed = parseVersion(version);
    return parsed !== undefined && range.allows(parsed);
  });
}

async function readStored(file: string): Promise<Stored | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw thrown;
  }
  // Written by writeWhole only, as a whole.
  return JSON.parse(text) as Stored;
}

/** Writes a file so that no reader ever sees a part of it. */
export async function writeWhole(
  file: string,
  content: string | Uint8Array,
  mode = 0o644,
): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const partial = `${file}.${randomUUID()}`;
  await writeFile(partial, content, { mode });
  await rename(partial, file);
}
