/** Fetching the indexes of known repositories into Helm's cache (helm 3.19 pkg/repo/chartrepo.go). */
import { readFile } from 'node:fs/promises';
import { messageOf } from '../../runtime/mod.ts';
import { HelmError } from '../chart/mod.ts';
import { readChartIndex } from './chart-index.ts';
import type { ChartIndex } from './chart-index.ts';
import { httpGet } from './http.ts';
import { cachedIndex, transferOf } from './repositories.ts';
import type { RepositoryEntry } from './repositories.ts';
import { writeWhole } from './repository-index.ts';

const mostBytes = 200 * 1024 * 1024;

/** @throws HelmError `DownloadFailed`, `InvalidChart` */
export async function downloadIndex(
  entry: RepositoryEntry,
  cache: string,
  signal?: AbortSignal,
): Promise<ChartIndex> {
  const { body } = await httpGet(resolveUrl(entry.url, 'index.yaml'), {
    ...transferOf(entry, signal),
    maxBytes: mostBytes,
  });
  const index = readChartIndex(new TextDecoder().decode(body), entry.url);
  const files = cachedIndex(cache, entry.name);
  const names = [...index.entries.keys()].sort();
  await writeWhole(files.charts, names.map((name) => `${name}\n`).join(''));
  await writeWhole(files.index, body);
  return index;
}

/** What the last update brought. @throws HelmError `ChartNotFound` when there was none */
export async function readCachedIndex(cache: string, name: string): Promise<ChartIndex> {
  const { index } = cachedIndex(cache, name);
  const text = await readFile(index, 'utf8').catch((cause: unknown) => {
    throw new HelmError('ChartNotFound', name, `open ${index}: no such file or directory`, {
      cause,
    });
  });
  try {
    return readChartIndex(text, index);
  } catch (cause) {
    throw new HelmError('InvalidChart', name, `error loading ${index}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/**
 * Updates several indexes at once and tells how each went.
 *
 * @returns the URLs that failed
 */
export async function updateIndexes(
  entries: readonly RepositoryEntry[],
  cache: string,
  out: (line: string) => void,
  signal?: AbortSignal,
): Promise<string[]> {
  const failed: string[] = [];
  await Promise.all(
    entries.map(async (entry) => {
      try {
        await downloadIndex(entry, cache, signal);
        out(`...Successfully got an update from the "${entry.name}" chart repository`);
      } catch (thrown) {
        failed.push(entry.url);
        out(
          `...Unable to get an update from the "${entry.name}" chart repository (${entry.url}):\n\t${messageOf(thrown)}`,
        );
      }
    }),
  );
  return failed;
}

/** A reference of an index against its repository: absolute ones stand, queries of the repository stay. */
export function resolveUrl(base: string, reference: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(reference)) return reference;
  const url = new URL(base);
  const query = url.search;
  url.search = '';
  const folder = new URL(`${url.href.replace(/\/*$/, '')}/`);
  const resolved = new URL(reference, folder);
  if (query !== '') resolved.search = query;
  return resolved.href;
}
