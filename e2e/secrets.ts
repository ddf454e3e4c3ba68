/**
 * Secrets that the suite plants: passwords and keys that no log, error or command line may show.
 *
 * Tests take them from `planted`; what the programs under test write is kept by `keepOutput`; e2e/main.ts looks for the
 * ones in the other, and at the command lines of running programs, when and while the suite runs.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

const folderOf = (name: string): string => {
  const top = process.env.REFLUX_E2E_RECORDS ?? '';
  if (top === '') throw new Error('REFLUX_E2E_RECORDS is not set: start this with `npm run e2e`');
  return path.join(top, name);
};

/** A random secret of that name. Kept as it is, and as it may appear in other clothes. */
export async function planted(name: string): Promise<string> {
  const secret = `s3cret/${randomBytes(12).toString('hex')}`;
  await plant(name, secret);
  return secret;
}

/** Something secret that others have made, such as a private key. */
export async function plant(name: string, secret: string): Promise<void> {
  const folder = folderOf('planted');
  await mkdir(folder, { recursive: true });
  const file = `${name}-${randomBytes(4).toString('hex')}`;
  // Nobody is to read half of it.
  await writeFile(path.join(path.dirname(folder), file), secret);
  await rename(path.join(path.dirname(folder), file), path.join(folder, file));
}

/** What a program under test has written; kept beyond the test. */
export async function keepOutput(program: string, output: string): Promise<void> {
  const folder = folderOf('output');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, `${program}-${randomBytes(4).toString('hex')}`), output);
}

export interface Leak {
  secret: string;
  /** The program, or its command line without arguments. */
  where: string;
}

/** @param records folder that REFLUX_E2E_RECORDS named */
export async function leaksInOutput(
  records: string,
): Promise<{ leaks: Leak[]; outputs: number; secrets: number }> {
  const secrets = await readAll(path.join(records, 'planted'));
  const outputs = await readAll(path.join(records, 'output'));
  const leaks = outputs.flatMap(({ name, text }) =>
    secrets
      .filter((secret) => shapes(secret.text).some((shape) => text.includes(shape)))
      .map((secret) => ({ secret: secret.name, where: name })),
  );
  return { leaks, outputs: outputs.length, secrets: secrets.length };
}

/** Programs whose command line shows a secret now. Those of the suite itself may: it starts a daemon as users do. */
export async function leaksInCommandLines(records: string): Promise<Leak[]> {
  const secrets = await readAll(path.join(records, 'planted'));
  const leaks: Leak[] = [];
  for (const pid of (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const [program = '', ...args] = line.split('\0');
    if (/^(node|unshare|sh)$/.test(path.basename(program))) continue;
    for (const { name, text } of secrets)
      if (shapes(text).some((shape) => args.join(' ').includes(shape)))
        leaks.push({ secret: name, where: path.basename(program) });
  }
  return leaks;
}

/** As it is, in a URL, and the base64 of it wherever it begins in a longer text. */
function shapes(secret: string): string[] {
  const encoded = [0, 1, 2].map((before) => {
    const text = Buffer.from(`${'x'.repeat(before)}${secret}`).toString('base64');
    // The first and the last characters depend on the neighbours, too.
    return text.slice(before === 0 ? 0 : 4, text.length - 4);
  });
  return [secret, encodeURIComponent(secret), ...encoded];
}

async function readAll(folder: string): Promise<{ name: string; text: string }[]> {
  const names = await readdir(folder).catch(() => []);
  return Promise.all(
    names.map(async (name) => ({ name, text: await readFile(path.join(folder, name), 'utf8') })),
  );
}
