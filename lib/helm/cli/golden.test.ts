/**
 * Command lines on small charts, compared with what helm 3.19.0 printed.
 *
 * `HELM_BIN=/path/to/helm UPDATE_GOLDEN=1 npx vitest run lib/helm/cli/golden.test.ts` writes testdata/golden.json anew.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { messageOf, runProgram, systemClock } from '../../runtime/mod.ts';
import { goldenCases } from './_golden-cases.ts';
import type { GoldenCase } from './_golden-cases.ts';
import type { CommandContext } from './context.ts';
import { runCli } from './run-cli.ts';
import { settingsOf } from './settings.ts';

interface Printed {
  exit: number;
  out: string;
  err: string;
}

const file = new URL('testdata/golden.json', import.meta.url);
const { HELM_BIN, UPDATE_GOLDEN, PATH = '' } = process.env;
let top: string;
let before: string;
let golden: Record<string, Printed>;

beforeAll(async () => {
  top = await mkdtemp(path.join(tmpdir(), 'reflux-golden-'));
  before = process.cwd();
  if (UPDATE_GOLDEN !== undefined && HELM_BIN !== undefined) {
    golden = {};
    for (const each of goldenCases) golden[each.name] = await byHelm(each, HELM_BIN);
    await writeFile(file, `${JSON.stringify(golden, null, 1)}\n`);
  } else golden = JSON.parse(await readFile(file, 'utf8')) as Record<string, Printed>;
}, 600_000);

afterAll(async () => {
  process.chdir(before);
  await rm(top, { recursive: true, force: true });
});

describe('as helm 3.19.0', () => {
  test.each(goldenCases)('$name', async (each) => {
    expect(await byUs(each)).toEqual(golden[each.name]);
  });

  test('no case is left over', () => {
    expect(Object.keys(golden).sort()).toEqual(goldenCases.map(({ name }) => name).sort());
  });
});

async function folderOf({ name, files }: GoldenCase): Promise<string> {
  const folder = path.join(top, name.replaceAll(/\W+/g, '-'));
  for (const [inside, text] of Object.entries(files)) {
    const full = path.join(folder, inside);
    await mkdir(path.dirname(full), { recursive: true });
    await writeFile(full, text);
  }
  return folder;
}

const argsOf = ({ args }: GoldenCase): string[] =>
  typeof args === 'string' ? args.split(' ') : [...args];

async function byHelm(each: GoldenCase, helm: string): Promise<Printed> {
  const cwd = await folderOf(each);
  const env = { PATH, HOME: top, KUBECONFIG: path.join(top, 'none') };
  const { exitCode, stdout, stderr } = await runProgram(helm, argsOf(each), { cwd, env });
  return plain(cwd, exitCode, stdout.toString(), stderr.toString());
}

async function byUs(each: GoldenCase): Promise<Printed> {
  const cwd = await folderOf(each);
  process.chdir(cwd);
  let out = '';
  let err = '';
  const streams = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    readInput: () => Promise.resolve(''),
  };
  const contextFor = (global: CommandContext['global']): CommandContext => ({
    ...streams,
    program: 'helm',
    global,
    env: {},
    home: top,
    settings: settingsOf(global, {}, top, 'linux'),
    clock: systemClock,
    signal: new AbortController().signal,
    namespace: () => Promise.resolve('default'),
    cluster: () => Promise.reject(new Error('there is no cluster')),
  });
  let exit = 0;
  try {
    await runCli(argsOf(each), { ...streams, program: 'helm', env: {}, contextFor });
  } catch (thrown) {
    exit = 1;
    err += `Error: ${messageOf(thrown)}\n`;
  }
  return plain(cwd, exit, out, err);
}

/** Without places and dates; what is said of several values comes in any order. */
function plain(cwd: string, exit: number, out: string, err: string): Printed {
  const lines = err
    .replaceAll(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d /gm, '')
    .replaceAll(/^[a-z_]+\.go:\d+: /gm, '')
    .replaceAll(cwd, 'CWD')
    .split('\n');
  return { exit, out: out.replaceAll(cwd, 'CWD'), err: [...new Set(lines)].sort().join('\n') };
}
