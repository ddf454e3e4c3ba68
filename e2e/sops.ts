/** What the guides need of SOPS: keys that are given, and the program, or what it has made with them. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot, runToEnd } from '../demo/mod.ts';
import { runProgram } from '../lib/runtime/mod.ts';
import { writeScript } from './binaries.ts';
import { plant } from './secrets.ts';

const sops: {
  /** Values of docs/manage-helm-releases.md; what the sops program has made of them is beside its keys. */
  clear: string;
  age: { identity: string; recipient: string; encrypted: string };
  pgp: { key: string; fingerprint: string; encrypted: string };
} = JSON.parse(await readFile(path.join(projectRoot, 'e2e/testdata/sops.json'), 'utf8'));

/** Names of keys that pages leave to the reader. */
export const sopsNames: readonly [string, string][] = [
  ['AGE_RECIPIENT', sops.age.recipient],
  ['KEY_ID', sops.pgp.fingerprint],
];

/**
 * Puts the keys where the page makes some: in the keyring `gpg`, and with `age-keygen` in the folder `bin`. Where there is
 * no sops, `bin` gets one that knows the page's values only.
 */
export async function addSops(folder: string): Promise<void> {
  const home = path.join(folder, 'gpg');
  await mkdir(home, { mode: 0o700 });
  const at = (name: string) => path.join(folder, 'sops', name);
  const script = (name: string, text: string) => writeScript(path.join(folder, 'bin', name), text);
  await mkdir(at(''));
  await plant('age-identity', sops.age.identity);
  await writeFile(at('key.asc'), sops.pgp.key);
  await runToEnd('gpg', ['--batch', '--import', at('key.asc')], { GNUPGHOME: home }, folder);
  await writeFile(at('identity'), `${sops.age.identity}\n`);
  await script('age-keygen', `cp '${at('identity')}' "$2"`);
  const found = await runProgram('sops', ['--version'], {
    env: { PATH: process.env.PATH ?? '' },
    timeoutMs: 10_000,
  }).catch(() => undefined);
  if (found?.exitCode === 0) return;
  await writeFile(at('clear'), sops.clear);
  await writeFile(at('age'), sops.age.encrypted);
  await writeFile(at('pgp'), sops.pgp.encrypted);
  const compare = `cmp values.yaml '${at('clear')}'`;
  const encrypted = `if grep -q pgp: .sops.yaml; then cat '${at('pgp')}'; else cat '${at('age')}'; fi`;
  await script('sops', `set -e\n${compare}\n${encrypted}`);
}
