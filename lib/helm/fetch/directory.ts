/** A chart from a directory or an archive on disk (helm 3.19 pkg/chart/loader). */
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
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

/** The files of a chart directory, without what `.helmignore` names, in the order of their names. */
export async function readChartDirectory(
  directory: string,
  options: LoadPathOptions = {},
): Promise<ChartFile[]> {
  const top = path.resolve(directory);
  const within = options.within === undefined ? undefined : await realpath(options.within);
  const ignored = parseIgnore(await readIgnore(top));
  const files: ChartFile[] = [];
  const walk = async (folder: string, prefix: string, parents: readonly string[]) => {
    const names = (await readdir(folder)).sort();
    for (const name of names) {
      const relative = prefix + name;
      const full = path.join(folder, name);
      const real = await realpath(full);
      if (within !== undefined && real !== within && !real.startsWith(within + path.sep)) {
        throw new HelmError('InvalidChart', relative, `${relative} leads out of the repository`);
      }
      const info = await stat(real);
      if (ignored(relative, info.isDirectory())) continue;
      if (info.isDirectory()) {
        if (parents.includes(real)) {
          throw new HelmError('InvalidChart', relative, `${relative} leads to a folder it is in`);
        }
        await walk(full, `${relative}/`, [...parents, real]);
        continue;
      }
      if (!info.isFile()) {
        throw new HelmError(
          'InvalidChart',
          relative,
          `cannot load irregular file ${relative} as it has file mode type bits set`,
        );
      }
      if (info.size > maxFileBytes) {
        throw new HelmError(
          'InvalidChart',
          relative,
          `chart file ${JSON.stringify(name)} is larger than the maximum file size ${maxFileBytes}`,
        );
      }
      files.push({ name: relative, data: withoutBom(await readFile(real)) });
    }
  };
  await walk(top, '', [await realpath(top)]);
  return files;
}

async function readIgnore(top: string): Promise<string> {
  try {
    return (await readFile(path.join(top, '.helmignore'), 'utf8')).replace(/^\ufeff/, '');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return '';
    throw cause;
  }
}
