/** `repo index` (helm 3.19 cmd/helm/repo_index.go). */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../runtime/mod.ts';
import { readChartIndex, sortEntries, writeChartIndex } from '../fetch/chart-index.ts';
import type { ChartIndex, ChartVersion } from '../fetch/chart-index.ts';
import { loadChartPath } from '../fetch/directory.ts';
import { writeWhole } from '../fetch/repository-index.ts';
import { command, refuse } from './context.ts';
import type { CommandContext } from './context.ts';

export const repoIndex = command({
  usage: 'repo index [DIR]',
  help: `Writes the index.yaml of a folder of chart archives. With --merge the versions of another index are kept that
the folder does not have.`,
  args: { least: 1, most: 1 },
  flags: [
    {
      name: 'json',
      type: 'bool',
      default: false,
      help: 'output in JSON format',
    },
    {
      name: 'merge',
      type: 'string',
      default: '',
      help: 'merge the generated index into the given index',
    },
    {
      name: 'url',
      type: 'string',
      default: '',
      help: 'url of chart repository',
    },
  ],
  run: async (context, [folder = ''], flags) => {
    const format = flags.json ? 'json' : 'yaml';
    const index = await indexOf(folder, flags.url, context);
    if (flags.merge !== '') {
      const other = await readFile(flags.merge, 'utf8').catch(() => undefined);
      if (other === undefined) {
        const empty = { generated: index.generated, entries: new Map() };
        await writeWhole(flags.merge, writeChartIndex(empty, format));
      } else {
        try {
          merge(index, readChartIndex(other, flags.merge));
        } catch (thrown) {
          throw refuse(`merge failed: error loading ${flags.merge}: ${messageOf(thrown)}`);
        }
      }
    }
    sortEntries(index.entries);
    await writeWhole(path.join(folder, 'index.yaml'), writeChartIndex(index, format));
  },
});

/** The archives of a folder and of the folders in it. */
async function indexOf(folder: string, url: string, context: CommandContext): Promise<ChartIndex> {
  const files: string[] = [];
  const names = (await readdir(folder).catch((): string[] => [])).sort();
  for (const name of names) if (name.endsWith('.tgz')) files.push(name);
  for (const name of names) {
    const info = await stat(path.join(folder, name));
    if (!info.isDirectory()) continue;
    const below = (await readdir(path.join(folder, name))).sort();
    files.push(...below.filter((file) => file.endsWith('.tgz')).map((file) => `${name}/${file}`));
  }
  const now = context.clock.now().toISOString();
  const entries = new Map<string, ChartVersion[]>();
  for (const file of files) {
    const full = path.join(folder, file);
    // Other archives may lie there too.
    const chart = await loadChartPath(full).catch(() => undefined);
    if (chart === undefined) continue;
    const { metadata } = chart;
    const digest = createHash('sha256')
      .update(await readFile(full))
      .digest('hex');
    const list = entries.get(metadata.name) ?? [];
    list.push({ metadata, urls: [urlOf(url, file)], created: now, digest, removed: false });
    entries.set(metadata.name, list);
  }
  return { generated: now, entries };
}

/** Below the repository's URL; relative without one. */
function urlOf(base: string, file: string): string {
  if (!URL.canParse(base)) return path.posix.join(base, file);
  const url = new URL(base);
  url.pathname = path.posix.join(url.pathname, file);
  return url.href;
}

function merge(index: ChartIndex, other: ChartIndex): void {
  for (const [name, versions] of other.entries) {
    const list = index.entries.get(name) ?? [];
    const has = (version: string) => list.some(({ metadata }) => metadata.version === version);
    const added = versions.filter(({ metadata }) => !has(metadata.version));
    if (added.length > 0) index.entries.set(name, [...list, ...added]);
  }
}
