/**
 * `npm run e2e`: starts a real control plane, runs the end-to-end suite and the conformance suite on it, and ends it.
 *
 * Arguments go to vitest: `npm run e2e -- story`.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createKubeClient, loadConnection } from '../lib/kube/mod.ts';
import { messageOf } from '../lib/runtime/mod.ts';
import { projectRoot } from '../demo/mod.ts';
import { findComponents } from './components.ts';
import { startControlPlane } from './control-plane.ts';

async function main(argv: readonly string[]): Promise<number> {
  const components = await findComponents(process.env, console.log);
  const folder = await mkdtemp(path.join(tmpdir(), 'reflux-e2e'));
  try {
    const plane = await startControlPlane(components, folder);
    try {
      console.log(`kube-apiserver ${await versionOf(plane.kubeconfig)} is ready`);
      return await vitest(argv, {
        REFLUX_E2E_KUBECONFIG: plane.kubeconfig,
        REFLUX_CONFORMANCE_KUBECONFIG: plane.kubeconfig,
      });
    } finally {
      await plane.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function versionOf(kubeconfig: string): Promise<string> {
  const kube = createKubeClient({
    connection: await loadConnection({ env: {}, path: kubeconfig }),
  });
  try {
    return (await kube.serverVersion()).gitVersion;
  } finally {
    await kube.close();
  }
}

function vitest(argv: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  const child = spawn(
    process.execPath,
    [
      path.join(projectRoot, 'node_modules/vitest/vitest.mjs'),
      'run',
      `--config=${path.join(projectRoot, 'e2e/vitest.config.ts')}`,
      ...argv,
    ],
    { cwd: projectRoot, stdio: 'inherit', env: { ...process.env, ...env } },
  );
  // Ctrl-C reaches the child, too; we stay until it has ended, to end the control plane.
  process.on('SIGINT', () => undefined);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve(code ?? 1);
    });
  });
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (thrown: unknown) => {
    console.error(messageOf(thrown));
    process.exitCode = 1;
  },
);
