/** fluxd and helm-operator as child processes of fluxctl, with what they log. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { isRecord } from '../../lib/runtime/mod.ts';

/** How the two programs are started: a program and its first arguments. */
export interface ProgramCommands {
  fluxd: readonly string[];
  helmOperator: readonly string[];
}

export interface RunningProgram {
  /** What it has logged so far, a record for each line. */
  records(): readonly Readonly<Record<string, unknown>>[];
  /** What it says when it has ended by itself; `undefined` while it runs. */
  ended(): string | undefined;
  stop(): Promise<void>;
}

/** How long a program may take to end when it is told to, in milliseconds. */
const graceMs = 10_000;

/** @param command its log has to come as JSON, a record a line */
export function startProgram(
  command: readonly string[],
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): RunningProgram {
  const [program = '', ...before] = command;
  const child = spawn(program, [...before, ...args], {
    env: { ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const records: Record<string, unknown>[] = [];
  let rest = '';
  let last = '';
  let ended: string | undefined;
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      last = line;
      const record = parseRecord(line);
      if (record !== undefined) records.push(record);
    }
  });
  const closed = new Promise<void>((resolve) => {
    child.on('error', (cause) => {
      ended = cause.message;
      resolve();
    });
    child.on('close', (code) => {
      ended ??= `ended with status ${code}: ${rest || last}`;
      resolve();
    });
  });
  return {
    records: () => records,
    ended: () => ended,
    stop: async () => {
      if (ended !== undefined) return;
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await closed;
      clearTimeout(force);
    },
  };
}

function parseRecord(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    // Something that looks like a record and is none, as a dependency may print.
    return undefined;
  }
}

/** A port that was free a moment ago, for a program to listen on. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}
