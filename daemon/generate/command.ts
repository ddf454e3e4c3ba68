/** Runs the user's own commands: generators and updaters (spec flux-v1 §4). */
import { Fault, messageOf, runProgram } from '../../lib/runtime/mod.ts';
import type { GeneratorCommand } from './config-file.ts';

export interface CommandOptions {
  folder: string;
  env: Readonly<Record<string, string>>;
  /** Where the command is written, for errors. */
  source: string;
  /** Limit of a command that gives none, in milliseconds. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/**
 * A command in a pipe that fails makes the whole fail; the original took the last one's word for it. Shells that do not
 * know the option do without.
 */
const pipefail = '(set -o pipefail) 2>/dev/null && set -o pipefail\n';

const bytesShown = 2000;

/** @param what `generator`, `image updater`, … @returns its output @throws Fault `GenerationFailed` */
export async function runCommand(
  { command, timeoutMs }: GeneratorCommand,
  what: string,
  options: CommandOptions,
): Promise<string> {
  const failed = (problem: string, cause?: unknown) =>
    new Fault(
      'GenerationFailed',
      'retry',
      options.source,
      `error executing ${what} command ${JSON.stringify(command)} from file ${JSON.stringify(options.source)}: ${problem}`,
      { cause },
    );
  let done;
  try {
    done = await runProgram('/bin/sh', ['-c', `${pipefail}${command}`], {
      cwd: options.folder,
      env: options.env,
      timeoutMs: timeoutMs ?? options.timeoutMs,
      group: true,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  } catch (cause) {
    throw failed(messageOf(cause), cause);
  }
  if (done.exitCode === 0) return done.stdout.toString('utf8');
  const said = done.stderr.toString('utf8').trim().slice(-bytesShown);
  throw failed(`exit status ${done.exitCode}\nerror output:\n${said}`);
}
