/** The distribution registry (Debian's docker-registry) on loopback. */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import bcrypt from 'bcryptjs';
import { freePort, startCommand } from '../../demo/mod.ts';
import type { Certificate } from './certificate.ts';
import { listening, programFile } from './programs.ts';

export interface Distribution {
  /** `127.0.0.1:port` */
  host: string;
  /** What it answered to requests so far, one line each. */
  log(): string;
  close(): Promise<void>;
}

export interface DistributionOptions {
  /** Asked for of everybody, when given. */
  credentials?: { username: string; password: string };
  tls?: Certificate;
}

export async function startDistribution(
  folder: string,
  { credentials, tls }: DistributionOptions,
): Promise<Distribution> {
  await mkdir(folder, { recursive: true });
  const home = await mkdtemp(path.join(folder, 'distribution'));
  const passwords = path.join(home, 'htpasswd');
  if (credentials !== undefined) {
    const { username, password } = credentials;
    await writeFile(passwords, `${username}:${await bcrypt.hash(password, 4)}\n`);
  }
  const [certificate, key] = [path.join(home, 'cert.pem'), path.join(home, 'key.pem')];
  await writeFile(certificate, tls?.cert ?? '');
  await writeFile(key, tls?.key ?? '', { mode: 0o600 });
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
      http: {
        addr: `127.0.0.1:${port}`,
        ...(tls === undefined ? {} : { tls: { certificate, key } }),
      },
      ...(credentials === undefined
        ? {}
        : { auth: { htpasswd: { realm: 'e2e', path: passwords } } }),
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
    log: () => server.log(),
    close: () => server.stop(),
  };
}
