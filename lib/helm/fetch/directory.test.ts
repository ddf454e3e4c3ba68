/** What symbolic links in a chart's folder may and may not do. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readChartDirectory } from './directory.ts';

let top: string;
let chart: string;
const at = (...parts: string[]) => path.join(top, ...parts);

beforeEach(async () => {
  top = await mkdtemp(path.join(tmpdir(), 'directory'));
  chart = at('repository/charts/app');
  await mkdir(path.join(chart, 'templates'), { recursive: true });
  await mkdir(at('repository/shared'));
  await writeFile(path.join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: app\nversion: 0.1.0\n');
  await writeFile(at('repository/shared/labels.tpl'), 'shared');
  await writeFile(at('outside.yaml'), 'outside');
});
afterEach(() => rm(top, { recursive: true, force: true }));

const read = async () =>
  (await readChartDirectory(chart, { within: at('repository') })).map(({ name }) => name);

test('links within the repository are followed, to files and folders', async () => {
  await symlink('../../../shared/labels.tpl', path.join(chart, 'templates/_labels.tpl'));
  await symlink('../../shared', path.join(chart, 'files'));
  expect(await read()).toEqual(['Chart.yaml', 'files/labels.tpl', 'templates/_labels.tpl']);
});

describe('links out of it are refused', () => {
  test.each([
    ['to a file', 'templates/a.yaml', () => at('outside.yaml')],
    ['to a folder', 'files', () => top],
    ['by way of another link', 'files', () => 'way'],
    ['to a folder whose name begins alike', 'files', () => at('repository-secrets')],
  ])('%s', async (_how, name, target) => {
    await mkdir(at('repository-secrets'));
    await symlink(top, path.join(chart, 'way'));
    await symlink(target(), path.join(chart, name));
    await expect(read()).rejects.toThrow('leads out of the repository');
  });

  test('the chart itself', async () => {
    await mkdir(at('elsewhere'));
    await rm(chart, { recursive: true });
    await symlink(at('elsewhere'), chart);
    await expect(read()).rejects.toThrow('leads out of the repository');
  });
});

test('a link to a folder that it is in ends', async () => {
  await symlink('..', path.join(chart, 'templates/round'));
  await expect(read()).rejects.toThrow('templates/round leads to a folder it is in');
});
