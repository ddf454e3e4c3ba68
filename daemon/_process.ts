/** Our programs as processes, for tests that kill them or see what people see. */
import { spawn } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Bundles fluxd into a folder: it then starts in a third of the time. @returns its program */
export const bundleDaemon = (folder: string) => bundleProgram(folder, 'daemon/main.ts');

/** @param main entry point, relative to the project */
export async function bundleProgram(folder: string, main: string): Promise<string> {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const outfile = path.join(folder, 'dist', `${path.dirname(main)}.mjs`);
  await build({
    entryPoints: [path.join(root, main)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  await copyFile(path.join(root, 'package.json'), path.join(folder, 'package.json'));
  return outfile;
}

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
  /** What `bundleDaemon` has made. */
  program: string;
}

export function startDaemonProcess({ args, env, program }: ProcessOptions): DaemonProcess {
  const child = spawn(process.execPath, [program, ...args], {
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
