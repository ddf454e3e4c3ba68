/**
 * The API server goes away, answers wrongly or late, or loses watches: the operator ends where it would have ended.
 * REFLUX_HELM_KUBECONFIG may name a real API server to stand behind the faults.
 */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createKubeClient } from '../lib/kube/mod.ts';
import type { HelmRelease } from '../lib/objects/mod.ts';
import { systemClock } from '../lib/runtime/mod.ts';
import { startFaultyServer } from './_faults.ts';
import type { Asked, FaultyServer, Mishap } from './_faults.ts';
import { inNamespace, startTestCluster } from './_harness.ts';
import type { TestCluster, TestRepository } from './_harness.ts';
import { pushStoryChart, specOf, storyFlags } from './_stories.ts';
import type { Watched } from './_stories.ts';

let cluster: TestCluster;
let repository: TestRepository;

beforeAll(async () => {
  cluster = await startTestCluster(process.env.REFLUX_HELM_KUBECONFIG);
  repository = await cluster.createRepository();
  await pushStoryChart(repository);
});
afterAll(() => cluster.close());

/** The life of a release, from its installation to its end. */
const stages: readonly {
  name: string;
  begin: (watched: Watched) => Promise<unknown>;
  phase: string;
  revisions: readonly string[];
}[] = [
  {
    name: 'installed',
    begin: (watched) => watched.release('app', specOf(repository, 'red')),
    phase: 'Succeeded',
    revisions: ['1 deployed'],
  },
  {
    name: 'upgraded',
    begin: (watched) => watched.release('app', specOf(repository, 'blue')),
    phase: 'Succeeded',
    revisions: ['1 superseded', '2 deployed'],
  },
  {
    name: 'rolled back',
    begin: (watched) => watched.release('app', specOf(repository, 'bad')),
    phase: 'RolledBack',
    revisions: ['1 superseded', '2 superseded', '3 failed', '4 deployed'],
  },
  {
    name: 'deleted',
    begin: (watched) => cluster.kube.delete(watched.ref('app')),
    phase: 'gone',
    revisions: [],
  },
];

const waiting = { timeout: 30_000, interval: 50 };

/** One request of so many, by chance that is the same each time, and at least the first of all. */
function oneOf(
  many: number,
  of: (asked: Asked) => boolean,
  mishap: Mishap,
): (asked: Asked) => Mishap | undefined {
  let state = 1;
  return (asked) => {
    if (!of(asked)) return undefined;
    const hit = state % many === 1 % many;
    state = (state * 48_271) % 2_147_483_647;
    return hit ? mishap : undefined;
  };
}

const anything = ({ isWatch }: Asked) => !isWatch;
const writes = ({ isWrite }: Asked) => isWrite;
const watches = ({ isWatch }: Asked) => isWatch;

const faults: { name: string; rule: () => (asked: Asked) => Mishap | undefined }[] = [
  { name: 'watches are cut', rule: () => oneOf(1, watches, { do: 'cut', afterMs: 30 }) },
  { name: 'watches are too old', rule: () => oneOf(2, watches, { do: 'expire' }) },
  {
    name: 'watches are refused with 410 Gone',
    rule: () => oneOf(2, watches, { do: 'answer', status: 410 }),
  },
  {
    name: 'there are too many requests',
    rule: () => oneOf(9, anything, { do: 'answer', status: 429, headers: { 'retry-after': '1' } }),
  },
  // Rare enough that an operation is not struck eight times in a row, when it counts.
  {
    name: 'the server has an error of its own',
    rule: () => oneOf(15, anything, { do: 'answer', status: 500 }),
  },
  {
    name: 'the server is going down',
    rule: () => oneOf(10, anything, { do: 'answer', status: 503 }),
  },
  { name: 'connections break', rule: () => oneOf(5, anything, { do: 'break' }) },
  { name: 'answers to writes are lost', rule: () => oneOf(4, writes, { do: 'lose' }) },
  { name: 'a gateway gives up on writes', rule: () => oneOf(4, writes, { do: 'time-out' }) },
  { name: 'answers are late', rule: () => oneOf(1, anything, { do: 'delay', ms: 40 }) },
];

/** A release's life under an operator behind a faulty server. @returns mishaps until its end */
async function live(onStage: (server: FaultyServer) => void): Promise<number> {
  const namespace = await cluster.createNamespace();
  const watched = inNamespace(cluster, namespace);
  const server = await startFaultyServer(cluster.connection);
  const kube = createKubeClient({ connection: server.connection });
  const flags = [...storyFlags, `--allow-namespace=${namespace}`];
  const operator = await cluster.startOperator({ flags, kube });
  try {
    for (const [at, { name, begin, phase, revisions }] of stages.entries()) {
      onStage(server);
      await begin(watched);
      await vi.waitFor(async () => {
        const hr = await cluster.kube.get<HelmRelease>(watched.ref('app'));
        expect({
          name,
          phase: hr === undefined ? 'gone' : hr.status?.phase,
          observed: hr?.status?.observedGeneration ?? at + 1,
          revisions: await watched.revisions('app'),
        }).toEqual({ name, phase, observed: at + 1, revisions });
      }, waiting);
    }
    expect(await watched.object('ConfigMap', 'app-extra')).toBeUndefined();
    return server.mishaps();
  } finally {
    server.obey(() => undefined);
    await operator.stop();
    await kube.close();
    await server.close();
  }
}

test.concurrent.each(faults)('$name', { timeout: 120_000 }, async ({ rule }) => {
  const ruled = rule();
  expect(
    await live((server) => {
      server.obey(ruled);
    }),
  ).toBeGreaterThan(0);
});

test.concurrent('the server is killed and started again', { timeout: 120_000 }, async () => {
  let kills = 0;
  const restarts: Promise<void>[] = [];
  await live((server) => {
    let writesSeen = 0;
    server.obey(({ isWrite }) => {
      if (isWrite) writesSeen += 1;
      // In the middle of the operation: its phase and its revision are written.
      if (!isWrite || writesSeen !== 3) return undefined;
      kills += 1;
      restarts.push(
        server
          .kill()
          .then(() => systemClock.sleep(2500))
          .then(() => server.restart()),
      );
      return { do: 'break' };
    });
  });
  await Promise.all(restarts);
  expect(kills).toBe(stages.length);
});
