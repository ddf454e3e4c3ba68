/** GPG keys in `gpg` below a folder. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runToEnd } from '../../demo/mod.ts';

export interface GpgKey {
  fingerprint: string;
  /** File with the secret key, armored. */
  secretFile: string;
}

/** The folder `gpg` is the `GNUPGHOME` of all keys made there. */
export async function makeGpgKey(
  folder: string,
  email: string,
  purpose: 'sign' | 'encrypt' = 'sign',
): Promise<GpgKey> {
  const home = path.join(folder, 'gpg');
  await mkdir(home, { mode: 0o700, recursive: true });
  const gpg = (...args: string[]) =>
    runToEnd(
      'gpg',
      ['--batch', '--pinentry-mode=loopback', '--passphrase=', ...args],
      { GNUPGHOME: home },
      folder,
    );
  // One that encrypts has a second key for it, which only gpg's default brings along.
  const how = purpose === 'sign' ? ['ed25519', 'sign'] : ['default', 'default'];
  await gpg('--quick-generate-key', `E2E <${email}>`, ...how, 'never');
  const listed = await gpg('--with-colons', '--list-secret-keys', email);
  const fingerprint = /^fpr:+([0-9A-F]+):/m.exec(listed)?.[1];
  if (fingerprint === undefined) throw new Error(`gpg lists no key of ${email} after making one`);
  const secretFile = path.join(folder, `${email}.asc`);
  await writeFile(secretFile, await gpg('--armor', '--export-secret-keys', fingerprint), {
    mode: 0o600,
  });
  return { fingerprint, secretFile };
}
