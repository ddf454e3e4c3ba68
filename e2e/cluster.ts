/** The suite's cluster as tests about charts need it, and the helms that install them. */
import { expect, vi } from 'vitest';
import { createKubeClient, loadConnection } from '../lib/kube/mod.ts';
import type { KubeClient } from '../lib/kube/mod.ts';
import { runProgram, systemClock } from '../lib/runtime/mod.ts';
import { commandOf } from '../hack/programs.ts';
import { kubeconfig } from './kubeconfig.ts';
import { startNode } from './node.ts';

const waiting = { timeout: 120_000, interval: 200 };

export interface Cluster {
  kube: KubeClient;
  close(): Promise<void>;
}

/** With a node on which every image runs. */
export async function openCluster(): Promise<Cluster> {
  const kube = createKubeClient({
    connection: await loadConnection({ env: {}, path: kubeconfig() }),
  });
  const node = startNode({
    kube,
    clock: systemClock,
    imageExists: () => true,
    onError: (error) => {
      throw error;
    },
  });
  return {
    kube,
    close: async () => {
      await node.close();
      await kube.close();
    },
  };
}

/** Returns when the client finds the kind, whose definition was applied just now. */
export async function untilServed(
  kube: Pick<KubeClient, 'invalidateDiscovery' | 'resourceType'>,
  kind: { apiVersion: string; kind: string },
): Promise<void> {
  await vi.waitFor(async () => {
    kube.invalidateDiscovery();
    expect(await kube.resourceType(kind)).toBeDefined();
  }, waiting);
}

/** Returns when they are gone, with all that was in them. */
export async function removeNamespaces(
  kube: Pick<KubeClient, 'delete' | 'get'>,
  names: readonly string[],
): Promise<void> {
  const refs = names.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', name }));
  for (const ref of refs) await kube.delete(ref);
  await vi.waitFor(async () => {
    for (const ref of refs) expect(await kube.get(ref)).toBeUndefined();
  }, waiting);
}

export interface Helm {
  name: string;
  command: readonly string[];
}

/** The command line of `reflux-helm`. */
export const ourHelm = commandOf('reflux-helm');

/** Ours, and the real one where it is on PATH. */
export async function findHelms(): Promise<Helm[]> {
  const found = await runProgram('helm', ['version', '--short'], {
    env: { PATH: process.env.PATH ?? '' },
    timeoutMs: 10_000,
  }).catch(() => undefined);
  return [
    { name: 'ours', command: ourHelm },
    ...(found?.exitCode === 0 ? [{ name: 'the real helm', command: ['helm'] }] : []),
  ];
}
