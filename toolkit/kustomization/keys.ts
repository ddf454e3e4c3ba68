/** Keys for decryption out of a Secret: age keys in `*.agekey`, PGP keys in `*.asc`, logins with services (key-logins.ts). */
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import type { CloudOptions } from '../../lib/cloud/mod.ts';
import type { KubeReader } from '../../lib/kube/mod.ts';
import { runProgram } from '../../lib/runtime/mod.ts';
import { ageKeys, keyServices, pgpKeys } from '../../lib/sops/mod.ts';
import type { KeyServiceLogins, SopsKeys } from '../../lib/sops/mod.ts';
import { Fields } from '../runtime/mod.ts';
import { KustomizationError } from './errors.ts';
import { readLogins } from './key-logins.ts';

export interface OpenKeys {
  keys: SopsKeys;
  close(): Promise<void>;
}

export interface KeysOptions {
  kube: KubeReader;
  namespace: string;
  /** '' for no Secret, and no keys. */
  secretName: string;
  workFolder: string;
  env: Readonly<Record<string, string | undefined>>;
  /** The process's own identity, for what the Secret has no login for; without it no service is asked. */
  cloud?: CloudOptions;
  /** Tokens for Vaults, where the Secret has none. */
  vaultLogin?: ((address: string) => Promise<string>) | undefined;
}

const gpgTimeoutMs = 20_000;

/** @throws KustomizationError `BuildFailed` when there is no such Secret */
export async function openKeys(options: KeysOptions): Promise<OpenKeys> {
  const { kube, namespace, secretName, cloud, vaultLogin } = options;
  const close = () => Promise.resolve();
  const servicesOf = (logins?: KeyServiceLogins) =>
    cloud === undefined ? {} : { services: keyServices(cloud, { ...logins, vaultLogin }) };
  if (secretName === '') return { keys: { age: [], ...servicesOf() }, close };
  const failed = (message: string) => new KustomizationError('BuildFailed', secretName, message);
  const secret = await kube.get({ apiVersion: 'v1', kind: 'Secret', namespace, name: secretName });
  if (secret === undefined) throw failed(`secrets "${secretName}" not found`);
  const where = `sops decryption Secret '${namespace}/${secretName}'`;
  const age: string[] = [];
  const rings: { name: string; key: Buffer }[] = [];
  const data = new Fields(secret).textMap('data');
  const services = cloud === undefined ? {} : servicesOf(readLogins(data, cloud, where));
  for (const [name, encoded] of Object.entries(data)) {
    const key = Buffer.from(encoded, 'base64');
    if (name.endsWith('.asc')) rings.push({ name, key });
    if (!name.endsWith('.agekey')) continue;
    const found = ageKeys(key.toString('utf8'));
    if (found.length === 0) throw failed(`failed to import '${name}' data from ${where}`);
    age.push(...found);
  }
  if (rings.length === 0) return { keys: { age, ...services }, close };
  // A keyring takes a while to make, and most builds need none.
  let ring: Promise<string> | undefined;
  return {
    keys: {
      age,
      ...services,
      pgp: async (message) => {
        ring ??= importKeys(options, rings, where);
        return pgpKeys(gpgEnv(options, await ring))(message);
      },
    },
    close: async () => {
      const home = await ring?.catch(() => undefined);
      if (home === undefined) return;
      await runProgram('gpgconf', ['--kill', 'all'], {
        env: gpgEnv(options, home),
        timeoutMs: gpgTimeoutMs,
      });
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function importKeys(
  options: KeysOptions,
  rings: readonly { name: string; key: Buffer }[],
  where: string,
): Promise<string> {
  const home = await mkdtemp(path.join(options.workFolder, 'gpg-'));
  for (const { name, key } of rings) {
    const { exitCode } = await runProgram('gpg', ['--batch', '--no-tty', '--import'], {
      env: gpgEnv(options, home),
      stdin: key,
      timeoutMs: gpgTimeoutMs,
    });
    if (exitCode === 0) continue;
    await rm(home, { recursive: true, force: true });
    throw new KustomizationError(
      'BuildFailed',
      name,
      `failed to import '${name}' data from ${where}`,
    );
  }
  return home;
}

const gpgEnv = ({ env }: KeysOptions, home: string): Record<string, string> => ({
  PATH: env['PATH'] ?? '',
  HOME: home,
  GNUPGHOME: home,
});
