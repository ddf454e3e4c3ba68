/** A chart from a directory or an archive on disk (helm 3.19 pkg/chart/loader). */
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { asError } from '../../runtime/mod.ts';
import { HelmError, loadChart, parseIgnore } from '../chart/mod.ts';
import type { Chart, ChartFile } from '../chart/mod.ts';
import { maxFileBytes, unpackArchive, withoutBom } from './archive.ts';

export interface LoadPathOptions {
  /** Told what Helm prints as a warning. */
  warn?: (line: string) => void;
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
    : unpackArchive(await readFile(location));
  return loadChart(files, {
    unpack: unpackArchive,
    ...(options.warn === undefined ? {} : { warn: options.warn }),
  });
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
  const top = path.resolve(directory);
  const within = options.within === undefined ? undefined : realpathSync(options.within);
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
      if (
        linked &&
        within !== undefined &&
        real !== within &&
        !real.startsWith(within + path.sep)
      ) {
        throw invalid(relative, `${relative} leads out of the repository`);
      }
      const info = linked ? statSync(real) : entry;
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
  walk(top, '', [realpathSync(top)]);
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
