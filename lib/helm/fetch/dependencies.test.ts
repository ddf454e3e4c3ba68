/** `charts/` filled from a repository over HTTP, from a named one, from a folder. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../runtime/mod.ts';
import { loadChart } from '../chart/mod.ts';
import { writeChartIndex } from './chart-index.ts';
import { buildDependencies, packChart, updateDependencies } from './mod.ts';
import type { RepositoryEntry } from './repositories.ts';

const files = new Map<string, Buffer>();
const asked: string[] = [];
let server: Server;
let url: string;
let top: string;
let folder: string;
let printed: string[];

beforeAll(async () => {
  top = await mkdtemp(path.join(tmpdir(), 'reflux-dependencies-'));
  server = createServer((request, response) => {
    asked.push(`${request.url ?? ''} ${request.headers.authorization ?? '-'}`);
    const body = files.get(request.url ?? '');
    if (body === undefined) response.writeHead(404);
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}/charts`;
  const entries = new Map();
  for (const version of ['1.1.0', '1.0.0']) {
    const chart = loadChart([yaml('sub', version)]);
    const archive = Buffer.from(await packChart(chart));
    files.set(`/charts/sub-${version}.tgz`, archive);
    const digest = createHash('sha256').update(archive).digest('hex');
    const entry = {
      metadata: chart.metadata,
      urls: [`sub-${version}.tgz`],
      created: '2024-01-01T00:00:00Z',
      digest,
      removed: false,
    };
    entries.set('sub', [...(entries.get('sub') ?? []), entry]);
  }
  const index = writeChartIndex({ generated: '2024-01-01T00:00:00Z', entries }, 'yaml');
  files.set('/charts/index.yaml', Buffer.from(index));
});
afterAll(async () => {
  server.close();
  await rm(top, { recursive: true, force: true });
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(top, 'chart-'));
  printed = [];
});

const yaml = (name: string, version: string, more = '') => ({
  name: 'Chart.yaml',
  data: Buffer.from(`apiVersion: v2\nname: ${name}\nversion: ${version}\n${more}`),
});

async function chartWith(dependencies: string): Promise<void> {
  const { name, data } = yaml('top', '0.1.0', `dependencies:\n${dependencies}`);
  await writeFile(path.join(folder, name), data);
}

const options = (known?: RepositoryEntry[]) => ({
  cacheFolder: path.join(top, 'cache'),
  clock: systemClock,
  out: (line: string) => void printed.push(line),
  ...(known === undefined
    ? {}
    : { known: { repositories: known, cache: path.join(top, 'indexes') } }),
});

const named = (): RepositoryEntry => ({
  name: 'web',
  url,
  username: 'u',
  password: 'p',
  certFile: '',
  keyFile: '',
  caFile: '',
  insecureSkipTlsVerify: false,
  passCredentialsAll: false,
});

const saved = async () => (await readdir(path.join(folder, 'charts'))).sort();

describe('dependencies', () => {
  test('are locked at the newest version in range, and built again from the lock', async () => {
    await chartWith(`- {name: sub, version: "^1.0.0", repository: "${url}"}\n`);
    await updateDependencies(folder, options());
    expect(await saved()).toEqual(['sub-1.1.0.tgz']);
    const lock = await readFile(path.join(folder, 'Chart.lock'), 'utf8');
    expect(lock).toContain('version: 1.1.0');
    await rm(path.join(folder, 'charts'), { recursive: true });
    await buildDependencies(folder, options());
    expect(await saved()).toEqual(['sub-1.1.0.tgz']);
    expect(await readFile(path.join(folder, 'Chart.lock'), 'utf8')).toBe(lock);
  });

  test('that changed since the lock are not built', async () => {
    await chartWith(`- {name: sub, version: "^1.0.0", repository: "${url}"}\n`);
    await updateDependencies(folder, options());
    await chartWith(`- {name: sub, version: "~1.0.0", repository: "${url}"}\n`);
    await expect(buildDependencies(folder, options())).rejects.toThrow(
      'the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml)',
    );
    await updateDependencies(folder, options());
    expect(await saved()).toEqual(['sub-1.0.0.tgz']);
  });

  test('come from repositories that have names, with their passwords', async () => {
    await chartWith('- {name: sub, version: "1.0.0", repository: "@web"}\n');
    asked.length = 0;
    await updateDependencies(folder, options([named()]));
    expect(asked).toEqual(['/charts/index.yaml Basic dTpw', '/charts/sub-1.0.0.tgz Basic dTpw']);
    expect(printed).toEqual([
      'Hang tight while we grab the latest from your chart repositories...',
      '...Successfully got an update from the "web" chart repository',
      'Update Complete. ⎈Happy Helming!⎈',
      'Saving 1 charts',
      `Downloading sub from repo ${url}`,
      'Deleting outdated charts',
    ]);
  });

  test('come from folders, and what is no longer wanted goes', async () => {
    const other = path.join(top, 'other');
    await mkdir(other, { recursive: true });
    await writeFile(path.join(other, 'Chart.yaml'), yaml('other', '0.3.0').data);
    await chartWith(`- {name: sub, version: "1.0.0", repository: "${url}"}\n`);
    await updateDependencies(folder, options());
    await chartWith('- {name: other, version: ">=0.1", repository: "file://../other"}\n');
    await updateDependencies(folder, options());
    expect(await saved()).toEqual(['other-0.3.0.tgz']);
    await expect(updateDependencies(folder, { ...options(), within: folder })).rejects.toThrow(
      'leads out of the repository',
    );
  });

  test.each([
    [
      'out of range',
      '- {name: sub, version: "^7", repository: "@web"}\n',
      /can't get a valid version for 1 subchart/,
    ],
    [
      'not in the repository',
      '- {name: nope, version: "1", repository: "@web"}\n',
      /nope chart not found in repo/,
    ],
    [
      'of a name nobody knows',
      '- {name: sub, version: "1", repository: "@nope"}\n',
      /no repository definition for @nope/,
    ],
    [
      'with a broken range',
      '- {name: sub, version: "?", repository: "@web"}\n',
      /invalid version\/constraint format/,
    ],
  ])('%s are refused', async (_, text, message) => {
    await chartWith(text);
    await expect(updateDependencies(folder, options([named()]))).rejects.toThrow(message);
  });
});
