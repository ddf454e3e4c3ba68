/** Runs another program with an argument array, never through a shell. */
import { Fault } from './fault.ts';

export interface RunOptions {
  cwd?: string;
  /** The whole environment of the child; nothing is inherited. */
  env: Readonly<Record<string, string>>;
  stdin?: string | Uint8Array;
  /** The child is killed after this many milliseconds. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** Kill what the child has started as well: for shells. Default false. */
  group?: boolean;
  /** Output kept of each stream, default 256 MiB; more is a fault. */
  maxOutputBytes?: number;
}

export interface RunResult {
  /** Exit status; a child ended by a signal is a fault instead. */
  exitCode: number;
  stdout: Buffer;
  stderr: Buffer;
}

/**
 * Runs a program to its end.
 *
 * @throws Fault `ProgramMissing` (not found or not executable), `ProgramTimeout`, `ProgramKilled`, `ProgramOutputTooLarge`
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  options.signal?.throwIfAborted();
  // Most runs of a command line start nothing, and the module takes a while to load.
  const { spawn } = await import('node:child_process');
  const limit = options.maxOutputBytes ?? 256 * 1024 * 1024;
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], {
      env: { ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.signal === undefined || options.group === true ? {} : { signal: options.signal }),
      ...(options.group === true ? { detached: true } : {}),
      killSignal: 'SIGKILL',
    });
    const kill = () => {
      if (options.group !== true || child.pid === undefined) {
        child.kill('SIGKILL');
        return;
      }
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch (thrown) {
        if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH')) throw thrown;
      }
    };
    let failure: Fault | undefined;
    const stop = (fault: Fault) => {
      failure ??= fault;
      kill();
    };
    const onAbort = () => {
      stop(
        new Fault('ProgramKilled', 'retry', program, `${program}: stopped`, {
          cause: options.signal?.reason,
        }),
      );
    };
    if (options.group === true) options.signal?.addEventListener('abort', onAbort, { once: true });
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            stop(
              new Fault(
                'ProgramTimeout',
                'retry',
                program,
                `${program}: timed out after ${options.timeoutMs} ms`,
              ),
            );
          }, options.timeoutMs);
    const keep = (stream: NodeJS.ReadableStream): Buffer[] => {
      const chunks: Buffer[] = [];
      let size = 0;
      stream.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= limit) chunks.push(chunk);
        else {
          stop(
            new Fault(
              'ProgramOutputTooLarge',
              'stall',
              program,
              `${program}: more than ${limit} bytes of output`,
            ),
          );
        }
      });
      return chunks;
    };
    const stdout = keep(child.stdout);
    const stderr = keep(child.stderr);
    child.on('error', (cause: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const missing = cause.code === 'ENOENT' || cause.code === 'EACCES';
      reject(
        missing
          ? new Fault(
              'ProgramMissing',
              'stall',
              program,
              `${program}: cannot be run: ${cause.code}`,
              { cause },
            )
          : cause,
      );
    });
    child.on('close', (exitCode, killedBy) => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
      if (failure !== undefined) reject(failure);
      else if (exitCode === null) {
        reject(new Fault('ProgramKilled', 'retry', program, `${program}: ended by ${killedBy}`));
      } else resolve({ exitCode, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) });
    });
    // A child that exits without reading its input breaks the pipe; its exit status tells the story.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin);
  });
}
