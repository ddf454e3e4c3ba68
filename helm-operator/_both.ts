/** Both generations on one cluster, each in this process and each on its own to start and stop; for tests of hand-overs. */
import { mkdtemp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { createKubeClient, impersonate } from '../lib/kube/mod.ts';
import { readDocuments } from '../lib/manifest/mod.ts';
import type { KubeObject } from '../lib/objects/mod.ts';
import { memoryLogger, systemClock } from '../lib/runtime/mod.ts';
import { readCompanion, runToolkit } from '../toolkit/mod.ts';
import { startTestCluster } from './_harness.ts';
import type { TestCluster } from './_harness.ts';

export interface BothGenerations extends TestCluster {
  startToolkit(): { log: ReturnType<typeof memoryLogger>; stop: () => Promise<void> };
}

/** A sandbox that serves the kinds of both. */
export async function startBoth(): Promise<BothGenerations> {
  const cluster = await startTestCluster();
  const text = await readFile(path.join(import.meta.dirname, '../crds/toolkit.yaml'), 'utf8');
  for (const document of readDocuments(text))
    await cluster.kube.apply(document as KubeObject, { fieldManager: 'test', force: true });
  cluster.kube.invalidateDiscovery();
  const storage = await mkdtemp(path.join(cluster.folder, 'storage'));
  return {
    ...cluster,
    startToolkit: () => {
      const log = memoryLogger();
      const config = readCompanion(
        true,
        [
          '--metrics-addr=127.0.0.1:0',
          '--storage-addr=127.0.0.1:0',
          '--events-listen-addr=127.0.0.1:0',
          '--receiverAddr=127.0.0.1:0',
          `--storage-path=${storage}`,
          '--min-retry-delay=50ms',
          '--requeue-dependency=500ms',
        ],
        {},
        { isConfined: false, leaderElection: false },
      );
      if (config === undefined) throw new TypeError('the toolkit is switched on');
      const stop = new AbortController();
      const { connection } = cluster;
      const ended = runToolkit(
        {
          config,
          // Discovery of its own, as in a process of its own.
          kube: createKubeClient({ connection }),
          clientAs: (user) => createKubeClient({ connection: impersonate(connection, user) }),
          clock: systemClock,
          log,
          env: process.env,
          workFolder: path.join(cluster.folder, 'toolkit'),
          identity: 'test',
          ownNamespace: 'default',
          random: () => 0.5,
        },
        stop.signal,
      );
      return {
        log,
        stop: async () => {
          stop.abort();
          await ended;
        },
      };
    },
  };
}
