/** The distribution registry (Debian's docker-registry) on loopback, with a password. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import bcrypt from 'bcryptjs';
import { freePort, startCommand } from '../../demo/mod.ts';
import { listening, programFile } from './programs.ts';

export interface Distribution {
  /** `127.0.0.1:port` */
  host: string;
  username: string;
  password: string;
  /** What it answered to requests so far, one line each. */
  log(): string;
  close(): Promise<void>;
}

export async function startDistribution(
  folder: string,
  { username, password }: { username: string; password: string },
): Promise<Distribution> {
  const home = path.join(folder, 'distribution');
  await mkdir(home, { recursive: true });
  const passwords = path.join(home, 'htpasswd');
  await writeFile(passwords, `${username}:${await bcrypt.hash(password, 4)}\n`);
  const port = await freePort();
  const config = path.join(home, 'config.yml');
  // JSON is YAML, too.
  await writeFile(
    config,
    JSON.stringify({
      version: 0.1,
      storage: {
        filesystem: { rootdirectory: path.join(home, 'data') },
        delete: { enabled: true },
      },
      http: { addr: `127.0.0.1:${port}` },
      auth: { htpasswd: { realm: 'e2e', path: passwords } },
    }),
  );
  const server = startCommand({
    name: 'docker-registry',
    command: [await programFile('docker-registry', 'docker-registry')],
    args: ['serve', config],
    env: { OTEL_TRACES_EXPORTER: 'none' },
    logFile: path.join(home, 'log'),
  });
  await listening(server, port);
  return {
    host: `127.0.0.1:${port}`,
    username,
    password,
    log: () => server.log(),
    close: () => server.stop(),
  };
}
