/** Programs of the system that the suite starts as servers. */
import { access, constants } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Running } from '../../demo/mod.ts';

const readyWithinMs = 30_000;

/** @throws Error naming the Debian package that has it */
export async function programFile(name: string, debianPackage: string): Promise<string> {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/usr/bin'];
  for (const folder of folders.filter(Boolean)) {
    const file = path.join(folder, name);
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  throw new Error(`${name} is missing: run e2e/setup.sh, or install ${debianPackage}`);
}

/** Waits until a server takes connections. @throws Error with the end of its log when it ends before */
export async function listening(server: Running, port: number): Promise<void> {
  const deadline = performance.now() + readyWithinMs;
  while (!(await takesConnections(port))) {
    if (server.exit() !== undefined || performance.now() > deadline) {
      await server.stop();
      throw new Error(
        `${server.name} does not listen on port ${port}:\n${server.log().slice(-2000)}`,
      );
    }
    await delay(50);
  }
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => {
      end(true);
    });
    socket.once('error', () => {
      end(false);
    });
  });
}
