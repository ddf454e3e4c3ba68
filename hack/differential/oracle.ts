/** The real engine as a child process: builds it, asks it. */
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bytesOfText, textOfBytes } from '../../lib/helm/values/mod.ts';
import { quickBuild, quickLink, quickly } from '../go.ts';
import type { Case } from './generate.ts';

/** What an engine makes of a case; strings may hold loose bytes (lib/helm/values/go-string.ts). */
export interface Answer {
  output?: string;
  error?: string;
  /** The template did not end in time. */
  late?: true;
}

export interface Oracle {
  /** As `.Capabilities.HelmVersion` shows it. */
  goVersion: string;
  ask(cases: readonly Case[]): Promise<Answer[]>;
  close(): Promise<void>;
}

const source = fileURLToPath(new URL('oracle', import.meta.url));

/**
 * Builds the oracle.
 *
 * @returns `undefined` with the reason when there is no Go, or no module to be had
 */
export async function buildOracle(): Promise<Oracle | { missing: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'reflux-oracle-'));
  const program = path.join(folder, 'oracle');
  const close = () => rm(folder, { recursive: true, force: true });
  const go = (...args: string[]) =>
    promisify(execFile)('go', args, { cwd: source, env: quickly(process.env) });
  let goVersion: string;
  try {
    await go('build', ...quickBuild, '-ldflags', quickLink, '-o', program, '.');
    goVersion = (await go('env', 'GOVERSION')).stdout.trim();
  } catch (thrown) {
    await close();
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return { missing: why.includes('ENOENT') ? 'no go program' : why };
  }
  return { goVersion, ask: (cases) => ask(program, cases), close };
}

async function ask(program: string, cases: readonly Case[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  while (answers.length < cases.length) {
    const some = await askOnce(program, cases.slice(answers.length));
    if (some.length === 0) throw new Error('the oracle does not answer');
    answers.push(...some);
  }
  return answers;
}

/** Fewer answers than cases when one did not end. */
async function askOnce(program: string, cases: readonly Case[]): Promise<Answer[]> {
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers: Answer[] = [];
  const read = (async () => {
    for await (const line of createInterface({ input: child.stdout })) answers.push(parse(line));
  })();
  const base64 = (text: string) => Buffer.from(bytesOfText(text)).toString('base64');
  const lines = cases.map(({ template, values }) =>
    JSON.stringify({ template: base64(template), values: base64(values) }),
  );
  // A process that ends early closes its input.
  child.stdin.on('error', (thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'EPIPE') throw thrown;
  });
  child.stdin.end(`${lines.join('\n')}\n`);
  await read;
  return answers;
}

function parse(line: string): Answer {
  const parsed: unknown = JSON.parse(line);
  if (typeof parsed !== 'object' || parsed === null) throw new TypeError(`no answer: ${line}`);
  const part = (name: 'output' | 'error'): string | undefined => {
    const value: unknown = name in parsed ? Reflect.get(parsed, name) : undefined;
    return typeof value === 'string'
      ? textOfBytes(new Uint8Array(Buffer.from(value, 'base64')))
      : undefined;
  };
  if ('late' in parsed) return { late: true };
  const error = part('error');
  return error === undefined ? { output: part('output') ?? '' } : { error };
}
