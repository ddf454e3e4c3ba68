import { EventEmitter } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Fault } from './fault.ts';
import { parseListenAddress, runTogether, startProgram, stopSignal } from './program.ts';
import type { CommandLine, Host } from './program.ts';

let folder: string;
let main: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'program'));
  mkdirSync(path.join(folder, 'dist'));
  writeFileSync(path.join(folder, 'package.json'), '{"version": "1.2.3"}');
  main = pathToFileURL(path.join(folder, 'dist/program.js')).href;
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function fakeHost(...argv: string[]) {
  const said: string[] = [];
  const exits: unknown[] = [];
  const events = new EventEmitter();
  const host = Object.assign(events, {
    argv: ['node', 'program', ...argv],
    env: {},
    exitCode: undefined as number | undefined,
    stderr: { write: (text: string) => said.push(text) },
    exit: (code: unknown) => exits.push(code),
  }) as unknown as Host & EventEmitter;
  return { host, said, exits };
}

describe('startProgram', () => {
  test.each<{
    why: string;
    read: () => CommandLine<string>;
    run?: () => Promise<number>;
    status: number;
    says: string;
  }>([
    { why: 'runs', read: () => ({ ask: 'run', config: 'x' }), status: 7, says: '' },
    {
      why: 'helps',
      read: () => {
        throw new Fault('Help', 'stall', '--help', 'help was asked for');
      },
      status: 0,
      says: 'usage',
    },
    { why: 'says its version', read: () => ({ ask: 'version' }), status: 0, says: 'v1.2.3' },
    {
      why: 'explains its flags',
      read: () => {
        throw new Fault('BadFlag', 'stall', '--x', 'unknown flag: --x');
      },
      status: 2,
      says: 'unknown flag: --x\nusage',
    },
    {
      why: 'refuses a configuration',
      read: () => {
        throw new Fault('Unsupported', 'stall', 'v2', 'v2 is not supported');
      },
      status: 1,
      says: 'v2 is not supported\n',
    },
    {
      why: 'says what was not foreseen',
      read: () => ({ ask: 'run', config: 'x' }),
      run: () => Promise.reject(new Error('no disk')),
      status: 1,
      says: 'Error: no disk',
    },
  ])('$why', async ({ read, run, status, says }) => {
    const { host, said } = fakeHost();
    await startProgram(host, main, {
      readCommandLine: read,
      helpText: () => 'usage',
      printVersion: (version) => said.push(`v${version}`),
      run: run ?? (() => Promise.resolve(7)),
    });
    expect(host.exitCode).toBe(status);
    if (says === '') expect(said).toEqual([]);
    else expect(said.join('')).toContain(says);
  });
});

test('stopSignal fires once, and a second signal ends the process', () => {
  const { host, exits } = fakeHost();
  const names: string[] = [];
  const signal = stopSignal(host, (name) => names.push(name));
  expect(signal.aborted).toBe(false);
  host.emit('SIGTERM');
  expect([signal.aborted, names, exits]).toEqual([true, ['SIGTERM'], []]);
  host.emit('SIGTERM');
  expect(exits).toEqual([1]);
});

describe('runTogether', () => {
  const untilEnd = (said: string[], name: string) => (signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => {
        said.push(name);
        resolve();
      });
    });

  test('runs its parts until the signal fires', async () => {
    const said: string[] = [];
    const stop = new AbortController();
    const running = runTogether(stop.signal, [untilEnd(said, 'a'), untilEnd(said, 'b')]);
    stop.abort();
    await running;
    expect(said).toEqual(['a', 'b']);
  });

  test('a part that fails ends the others before it is thrown', async () => {
    const said: string[] = [];
    const failing = () => Promise.reject(new Error('address in use'));
    const running = runTogether(new AbortController().signal, [untilEnd(said, 'a'), failing]);
    await expect(running).rejects.toThrow('address in use');
    expect(said).toEqual(['a']);
  });

  test('a part that ends is the end', async () => {
    const said: string[] = [];
    await runTogether(new AbortController().signal, [untilEnd(said, 'a'), () => Promise.resolve()]);
    expect(said).toEqual(['a']);
  });
});

test.each([
  [':3030', { host: undefined, port: 3030 }],
  ['127.0.0.1:80', { host: '127.0.0.1', port: 80 }],
  ['[::1]:80', { host: '::1', port: 80 }],
  ['3030', undefined],
  ['::1:80', undefined],
])('parseListenAddress %s', (text, want) => {
  expect(parseListenAddress(text)).toEqual(want);
});
