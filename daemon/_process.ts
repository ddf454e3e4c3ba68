/** fluxd as a process, for tests that kill them or see what people see. */
import { spawn } from 'node:child_process';
import { commandOf } from '../hack/programs.ts';

export interface DaemonProcess {
  /** Everything logged so far. */
  log(): string;
  running(): boolean;
  /** Returns when it has ended. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

export interface ProcessOptions {
  args: readonly string[];
  env: Readonly<Record<string, string>>;
}

export function startDaemonProcess({ args, env }: ProcessOptions): DaemonProcess {
  const [program, ...before] = commandOf('fluxd');
  const child = spawn(program, [...before, ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  let ended = false;
  const closed = new Promise<void>((resolve) => {
    child.on('close', () => {
      ended = true;
      resolve();
    });
  });
  return {
    log: () => text,
    running: () => !ended,
    end: async (signal) => {
      if (!ended) child.kill(signal);
      await closed;
    },
  };
}
