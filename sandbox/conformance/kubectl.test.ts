/**
 * The same kubectl session on the sandbox and on a real API server: what it prints has to be equal. Runs where
 * REFLUX_CONFORMANCE_KUBECONFIG names a kubeconfig and kubectl is on PATH.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { memoryLogger, systemClock } from '../../lib/runtime/mod.ts';
import { startSandbox } from '../start.ts';
import type { Sandbox } from '../start.ts';
import { freshName } from './probe.ts';
import { files, session } from './kubectl-session.ts';

const real = process.env.REFLUX_CONFORMANCE_KUBECONFIG ?? '';
const program = promisify(execFile);
const hasKubectl = await program('kubectl', ['version', '--client']).then(
  () => true,
  () => false,
);

describe.skipIf(real === '' || !hasKubectl)('kubectl prints the same', () => {
  const namespace = freshName('session');
  let folder: string;
  let sandbox: Sandbox;
  let kubeconfigs: readonly [string, string];
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'kubectl-session'));
    for (const [name, text] of Object.entries(files))
      await writeFile(path.join(folder, name), text);
    sandbox = await startSandbox({ clock: systemClock, log: memoryLogger(), env: process.env });
    const ours = path.join(folder, 'kubeconfig');
    await writeFile(ours, sandbox.api.kubeconfig);
    kubeconfigs = [ours, real];
    for (const kubeconfig of kubeconfigs) {
      await run(kubeconfig, ['create', 'namespace', namespace]);
      // The real server makes it a moment later.
      await vi.waitFor(async () => {
        const { code } = await run(kubeconfig, ['get', 'serviceaccount', 'default']);
        expect(code).toBe(0);
      }, 20_000);
    }
  });
  afterAll(async () => {
    await run(real, ['delete', 'namespace', namespace, '--wait=false']);
    await run(real, ['delete', '--ignore-not-found', '-f', 'crd.yaml', '--wait=false']);
    await sandbox.close();
    await rm(folder, { recursive: true });
  });

  const run = async (kubeconfig: string, args: readonly string[]) => {
    const env = { PATH: process.env.PATH ?? '', HOME: folder, KUBECONFIG: kubeconfig };
    const inNamespace = args[0] === 'create' && args[1] === 'namespace' ? [] : ['-n', namespace];
    return program('kubectl', [...args, ...inNamespace], { cwd: folder, env }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (thrown: { code?: unknown; stdout?: string; stderr?: string }) => ({
        code: thrown.code,
        stdout: thrown.stdout ?? '',
        stderr: thrown.stderr ?? '',
      }),
    );
  };

  test.each(session.map((line) => ({ line })))('kubectl $line', async ({ line }) => {
    const [ours, theirs] = await Promise.all(
      kubeconfigs.map(async (kubeconfig) => {
        const { code, stdout, stderr } = await run(kubeconfig, line.split(' '));
        return { code, stdout: plain(stdout), stderr: plain(stderr) };
      }),
    );
    expect(ours).toEqual(theirs);
  });

  /** Without what differs between any two servers: times, addresses, versions, UIDs. */
  const plain = (text: string): string =>
    text
      .replaceAll(namespace, 'NAMESPACE')
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UID')
      .replace(/(resourceVersion: )"\d+"/g, '$1VERSION')
      .replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME')
      .replace(/\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, 'TIME')
      .replace(/\b10\.\d+\.\d+\.\d+\b/g, 'ADDRESS')
      .replace(/\/tmp\/(LIVE|MERGED)-\d+/g, '$1')
      .replace(/^(diff -u -N .*|[-+]{3} .*)$/gm, (line) => line.replace(/\t.*/, ''))
      .replace(/ +\d+s( |$)/gm, ' AGE$1')
      .replace(/ +\d+s$/gm, ' AGE')
      .replace(/ +/g, ' ')
      .replace(/-{2,}/g, '--');
});
