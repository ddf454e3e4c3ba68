/**
 * Secrets that the suite plants: passwords and keys that no log, error or command line may show.
 *
 * Tests take them from `planted`; what the programs under test write is kept by `keepOutput`; e2e/main.ts looks for the
 * ones in the other, and at the command lines of running programs, when and while the suite runs.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
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

/** Those of the suite itself may hold secrets: it starts a daemon as users do. */
const suiteItself = /^(node|unshare|sh)$/;
/** What is still the same then stays so: a shell has become the program that it was to start. */
const settledAfterLooks = 3;

/** @returns what looks, when it is called, for programs whose command line shows a secret at that time */
export function commandLineLook(records: string): () => Promise<Leak[]> {
  const known = new Map<string, { line: string; looks: number }>();
  const read = (pid: string): string => {
    const before = known.get(pid);
    if (before !== undefined && before.looks >= settledAfterLooks) return before.line;
    const line = commandLineOf(pid);
    known.set(pid, { line, looks: before?.line === line ? before.looks + 1 : 1 });
    return line;
  };
  return async () => {
    const wanted = (await readAll(path.join(records, 'planted'))).map(({ name, text }) => ({
      name,
      shapes: shapes(text),
    }));
    // Systems without that folder have nothing to look at.
    const names = await readdir('/proc').catch(() => []);
    const running = new Set(names.filter((name) => /^\d+$/.test(name)));
    for (const pid of known.keys()) if (!running.has(pid)) known.delete(pid);
    const leaks: Leak[] = [];
    for (const pid of running) {
      const [program = '', ...args] = read(pid).split('\0');
      const where = path.basename(program);
      if (suiteItself.test(where)) continue;
      for (const secret of wanted)
        if (secret.shapes.some((shape) => args.join(' ').includes(shape)))
          leaks.push({ secret: secret.name, where });
    }
    return leaks;
  };
}

/** '' for those of the kernel, and when the process has ended. */
function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown) return '';
    throw thrown;
  }
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
