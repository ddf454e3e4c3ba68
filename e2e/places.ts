/** Where one and the same suite can run. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createKubeClient, loadConnection } from '../lib/kube/mod.ts';
import type { KubeClient } from '../lib/kube/mod.ts';
import { memoryLogger, systemClock } from '../lib/runtime/mod.ts';
import { startSandbox } from '../sandbox/mod.ts';
import { openCluster } from './cluster.ts';
import { kubeconfig } from './kubeconfig.ts';

export interface Place {
  kube: KubeClient;
  kubeconfig: string;
  close(): Promise<void>;
}

async function openSandbox(folder: string): Promise<Place> {
  const sandbox = await startSandbox({
    clock: systemClock,
    log: memoryLogger(),
    env: process.env,
    alsoExists: () => true,
  });
  const file = path.join(folder, 'kubeconfig');
  await writeFile(file, sandbox.api.kubeconfig, { mode: 0o600 });
  const kube = createKubeClient({ connection: await loadConnection({ env: {}, path: file }) });
  return {
    kube,
    kubeconfig: file,
    close: async () => {
      await kube.close();
      await sandbox.close();
    },
  };
}

export const places: readonly { name: string; open: (folder: string) => Promise<Place> }[] = [
  { name: 'the sandbox', open: openSandbox },
  {
    name: 'a real API server',
    open: async () => ({ ...(await openCluster()), kubeconfig: kubeconfig() }),
  },
];
