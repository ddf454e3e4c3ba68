/** Starts our programs as child processes from source, and keeps what they write. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = fileURLToPath(new URL('..', import.meta.url));
const tsx = path.join(projectRoot, 'node_modules/tsx/dist/cli.mjs');

export interface Running {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Set once the program has ended. */
  exit(): { code: number | null } | undefined;
  /** Everything logged so far. */
  log(): string;
  /** Largest resident set so far in MiB, `undefined` where the system does not tell. */
  peakMemoryMiB(): number | undefined;
  /** SIGTERM, then SIGKILL after ten seconds. */
  stop(): Promise<void>;
}

export interface StartOptions {
  name: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  logFile: string;
}

/** One of our programs, from source. `main` is its entry point, relative to the project. */
export function startProgram({ main, ...options }: StartOptions & { main: string }): Running {
  return startCommand({
    ...options,
    command: [process.execPath, tsx, path.join(projectRoot, main)],
  });
}

export function startCommand(options: StartOptions & { command: readonly string[] }): Running {
  const [program = '', ...before] = options.command;
  const child = spawn(program, [...before, ...options.args], {
    cwd: projectRoot,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const file = createWriteStream(options.logFile);
  let text = '';
  const keep = (chunk: Buffer) => {
    text += chunk.toString();
    file.write(chunk);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  let ended: { code: number | null } | undefined;
  const closed = new Promise<void>((resolve) => {
    child.on('error', (cause) => {
      keep(Buffer.from(`${options.name} cannot be started: ${cause.message}\n`));
      ended = { code: null };
      resolve();
    });
    child.on('close', (code) => {
      ended = { code };
      file.end();
      resolve();
    });
  });
  let peak: number | undefined;
  return {
    name: options.name,
    pid: child.pid ?? 0,
    logFile: options.logFile,
    exit: () => ended,
    log: () => text,
    peakMemoryMiB: () => {
      peak = peakOfTree(child) ?? peak;
      return peak;
    },
    stop: async () => {
      peak = peakOfTree(child) ?? peak;
      if (ended !== undefined) return;
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await closed;
      clearTimeout(force);
    },
  };
}

/** Runs any program to its end. */
export async function runToEnd(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<string> {
  const child = spawn(program, [...args], {
    cwd,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0)
    throw new Error(
      `${path.basename(program)} ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`,
    );
  return stdout;
}

/** tsx runs the program in a child of its own: the largest of the two is the program. */
function peakOfTree(child: ChildProcess): number | undefined {
  const pids = [child.pid ?? 0, ...childrenOf(child.pid ?? 0)];
  const peaks = pids.map(peakOfProcess).filter((peak) => peak !== undefined);
  return peaks.length === 0 ? undefined : Math.max(...peaks);
}

function childrenOf(pid: number): number[] {
  const text = readProc(`/proc/${pid}/task/${pid}/children`);
  return text === undefined ? [] : text.trim().split(' ').filter(Boolean).map(Number);
}

function peakOfProcess(pid: number): number | undefined {
  const match = /^VmHWM:\s+(\d+) kB$/m.exec(readProc(`/proc/${pid}/status`) ?? '');
  return match === null ? undefined : Math.round(Number(match[1]) / 1024);
}

/** `/proc` exists on Linux only, and a process may be gone: both mean "not known". */
function readProc(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
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
      server.close(() =>
        resolve(typeof address === 'object' && address !== null ? address.port : 0),
      );
    });
  });
}
