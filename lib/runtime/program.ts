/** What the main file of a program does: command line, version, signals, exit status. */
import { readFileSync } from 'node:fs';
import { Fault } from './fault.ts';
import { isRecord } from './record.ts';

export type CommandLine<Config> = { ask: 'run'; config: Config } | { ask: 'version' };

export interface Program<Config> {
  /** @throws Fault `Help`, `BadFlag` where usage is to be explained; any other is said alone */
  readCommandLine(
    argv: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
  ): CommandLine<Config>;
  helpText(): string;
  printVersion(version: string): void;
  /** @returns the exit status */
  run(config: Config): Promise<number>;
}

/** The process, as far as a program is concerned with it. */
export type Host = Pick<NodeJS.Process, 'argv' | 'env' | 'stderr' | 'exitCode' | 'once' | 'exit'>;

/**
 * Does what the command line asks for and leaves the exit status in `host.exitCode`: 2 for wrong flags, 1 for whatever
 * else fails.
 *
 * @param main `import.meta.url` of the main file, which lies one folder below package.json, as source and as a bundle
 */
export async function startProgram<Config>(
  host: Host,
  main: string,
  program: Program<Config>,
): Promise<void> {
  try {
    host.exitCode = await runAsked(host, main, program);
  } catch (thrown) {
    host.stderr.write(`${thrown instanceof Error ? (thrown.stack ?? '') : String(thrown)}\n`);
    host.exitCode = 1;
  }
}

async function runAsked<Config>(
  host: Host,
  main: string,
  program: Program<Config>,
): Promise<number> {
  let command: CommandLine<Config>;
  try {
    command = program.readCommandLine(host.argv.slice(2), host.env);
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    if (thrown.reason === 'Help') {
      host.stderr.write(program.helpText());
      return 0;
    }
    const isFlag = thrown.reason === 'BadFlag';
    host.stderr.write(`${thrown.message}\n${isFlag ? program.helpText() : ''}`);
    return isFlag ? 2 : 1;
  }
  if (command.ask === 'run') return program.run(command.config);
  program.printVersion(programVersion(main));
  return 0;
}

/** The version of the package that a main file belongs to; see `startProgram`. */
export function programVersion(main: string): string {
  const file: unknown = JSON.parse(readFileSync(new URL('../package.json', main), 'utf8'));
  return isRecord(file) && typeof file.version === 'string' ? file.version : 'unversioned';
}

/** Fires on SIGINT and SIGTERM; a second signal does not wait for running work. */
export function stopSignal(host: Host, onStop: (name: string) => void): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    host.once(name, () => {
      onStop(name);
      stop.abort();
      host.once(name, () => host.exit(1));
    });
  }
  return stop.signal;
}

/**
 * Runs parts of one process until the signal fires; when one of them ends, the others are asked to end, too.
 *
 * @throws what the first part threw that did; after all have ended
 */
export async function runTogether(
  signal: AbortSignal,
  parts: readonly ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const ended = new AbortController();
  const both = AbortSignal.any([signal, ended.signal]);
  const failures: unknown[] = [];
  await Promise.all(
    parts.map(async (part) => {
      try {
        await part(both);
      } catch (thrown) {
        failures.push(thrown);
      }
      ended.abort();
    }),
  );
  if (failures.length > 0) throw failures[0];
}

/**
 * `:3030`, `127.0.0.1:3030`, `[::1]:3030`.
 *
 * @returns `undefined` when it is none of these; without a host, all addresses are meant
 */
export function parseListenAddress(
  text: string,
): { host: string | undefined; port: number } | undefined {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):(\d+)$/.exec(text);
  if (match === null) return undefined;
  const host = match[1] ?? match[2];
  return { host: host === '' ? undefined : host, port: Number(match[3]) };
}
