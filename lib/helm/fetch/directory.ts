/** A chart from a directory or an archive on disk (helm 3.19 pkg/chart/loader). */
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { asError } from '../../runtime/mod.ts';
import { HelmError, loadChart, parseIgnore } from '../chart/mod.ts';
import type { Chart, ChartFile, Warn } from '../chart/mod.ts';
import { maxFileBytes, unpackArchive, withoutBom } from './archive.ts';

export interface LoadPathOptions {
  /** Told what Helm prints as a warning. */
  warn?: Warn;
  /** Symbolic links must not lead out of this folder; default: they may lead anywhere, as in Helm. */
  within?: string;
}

/**
 * Loads the chart at a path, a directory or a `.tgz`.
 *
 * @throws HelmError `ChartNotFound` when nothing is there, `InvalidChart` for all else
 */
export async function loadChartPath(
  location: string,
  options: LoadPathOptions = {},
): Promise<Chart> {
  const info = await stat(location).catch((cause: unknown) => {
    throw new HelmError('ChartNotFound', location, `path "${location}" not found`, { cause });
  });
  const files = info.isDirectory()
    ? await readChartDirectory(location, options)
    : unpackArchive(mustBeZipped(location, await readFile(location)));
  return loadChart(files, {
    unpack: unpackArchive,
    ...(options.warn === undefined ? {} : { warn: options.warn }),
  });
}

function mustBeZipped(location: string, data: Uint8Array): Uint8Array {
  if (data[0] === 0x1f && data[1] === 0x8b) return data;
  if (/\.ya?ml$/.test(location)) {
    throw invalid(
      location,
      `file '${location}' seems to be a YAML file, but expected a gzipped archive`,
    );
  }
  // Go looks at 512 bytes, and short files are filled up with zeros.
  const isText = data.length >= 512 && !data.subarray(0, 512).includes(0);
  const type = isText ? 'text/plain; charset=utf-8' : 'application/octet-stream';
  throw invalid(
    location,
    `file '${location}' does not appear to be a gzipped archive; got '${type}'`,
  );
}

/**
 * The files of a chart directory, without what `.helmignore` names, in the order of their names.
 *
 * Read at one go: charts are small files that the system has in memory, and a hundred of them are there sooner than the
 * promises of asking for them.
 */
export function readChartDirectory(
  directory: string,
  options: LoadPathOptions = {},
): Promise<ChartFile[]> {
  try {
    return Promise.resolve(readFiles(directory, options));
  } catch (thrown) {
    return Promise.reject(asError(thrown));
  }
}

function readFiles(directory: string, options: LoadPathOptions): ChartFile[] {
  const top = realpathSync(directory);
  const within = options.within === undefined ? undefined : realpathSync(options.within);
  const leadsOut = (real: string) =>
    within !== undefined && real !== within && !real.startsWith(within + path.sep);
  if (leadsOut(top)) throw invalid(directory, `${directory} leads out of the repository`);
  const ignored = parseIgnore(readIgnore(top));
  const files: ChartFile[] = [];
  const walk = (folder: string, prefix: string, parents: readonly string[]) => {
    const entries = readdirSync(folder, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const { name } = entry;
      const relative = prefix + name;
      const full = path.join(folder, name);
      const linked = entry.isSymbolicLink();
      const real = linked ? realpathSync(full) : full;
      if (linked && leadsOut(real))
        throw invalid(relative, `${relative} leads out of the repository`);
      const info = linked ? statSync(real) : entry;
      if (linked)
        options.warn?.(
          `found symbolic link in path: ${full} resolves to ${real}. Contents of linked file included and used`,
          'walk.go:75',
        );
      if (ignored(relative, info.isDirectory())) continue;
      if (info.isDirectory()) {
        const place = realpathSync(real);
        if (parents.includes(place))
          throw invalid(relative, `${relative} leads to a folder it is in`);
        walk(full, `${relative}/`, [...parents, place]);
        continue;
      }
      if (!info.isFile()) {
        throw invalid(
          relative,
          `cannot load irregular file ${relative} as it has file mode type bits set`,
        );
      }
      if (statSync(real).size > maxFileBytes) {
        throw invalid(
          relative,
          `chart file ${JSON.stringify(name)} is larger than the maximum file size ${maxFileBytes}`,
        );
      }
      files.push({ name: relative, data: withoutBom(readFileSync(real)) });
    }
  };
  walk(top, '', [top]);
  return files;
}

const invalid = (file: string, message: string) => new HelmError('InvalidChart', file, message);

function readIgnore(top: string): string {
  try {
    return readFileSync(path.join(top, '.helmignore'), 'utf8').replace(/^\ufeff/, '');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return '';
    throw cause;
  }
}
