/**
 * The operator's process is killed at any moment of installs, upgrades, rollbacks and deletions, and the next one ends
 * where a clean run ends.
 *
 * REFLUX_KILLS says how many moments are tried; by default a few. REFLUX_KILL_SEED makes them others.
 * REFLUX_HELM_KUBECONFIG may name a real API server.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { commandOf } from '../hack/programs.ts';
import { systemClock } from '../lib/runtime/mod.ts';
import { freePort, inNamespace, startTestCluster } from './_harness.ts';
import type { TestCluster, TestRepository } from './_harness.ts';
import { pushStoryChart, specOf, storiesOf } from './_stories.ts';
import type { Story, Watched } from './_stories.ts';

const kills = Number(process.env.REFLUX_KILLS ?? '1');
const seed = Number(process.env.REFLUX_KILL_SEED ?? '1');
const waiting = { timeout: 60_000, interval: 20 };

let cluster: TestCluster;
let repository: TestRepository;
let stories: readonly Story[];

beforeAll(async () => {
  cluster = await startTestCluster(process.env.REFLUX_HELM_KUBECONFIG);
  repository = await cluster.createRepository();
  await pushStoryChart(repository);
  stories = storiesOf(
    () => cluster,
    () => repository,
  );
});
afterAll(() => cluster.close());

interface Process {
  /** Ends it without a chance to clean up. */
  kill(): Promise<void>;
  /** By SIGTERM. @returns its exit status */
  stop(): Promise<number | null>;
}

async function startProcess(): Promise<Process> {
  const port = await freePort();
  // Where it dies, its files stay; the cluster's folder goes in the end.
  const tmp = await mkdtemp(path.join(cluster.folder, 'process'));
  const [program, ...before] = commandOf('helm-operator');
  const child: ChildProcess = spawn(
    program,
    [
      ...before,
      `--kubeconfig=${cluster.kubeconfig}`,
      `--listen=127.0.0.1:${port}`,
      '--enabled-helm-versions=v3',
      '--finalizer',
      '--workers=4',
      '--charts-sync-interval=2s',
      '--status-update-interval=100ms',
    ],
    { stdio: ['ignore', 'ignore', 'ignore'], env: { ...process.env, TMPDIR: tmp } },
  );
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      resolve(code);
    });
  });
  await vi.waitFor(async () => {
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  }, waiting);
  return {
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

interface Stage {
  story: Story;
  watched: Watched;
}

/** What each story begins with, under the operator that is running. */
async function setStages(): Promise<Stage[]> {
  const stages: Stage[] = [];
  for (const story of stories) {
    const watched = inNamespace(cluster, await cluster.createNamespace());
    if (story.from !== undefined) await watched.release('app', specOf(repository, story.from));
    stages.push({ story, watched });
  }
  await vi.waitFor(async () => {
    for (const { story, watched } of stages)
      if (story.from !== undefined)
        expect((await watched.statusOf('app')).phase, story.name).toBe('Succeeded');
  }, waiting);
  return stages;
}

const begin = (stages: readonly Stage[]) =>
  Promise.all(stages.map(({ story, watched }) => story.begin(watched)));

async function allEnd(stages: readonly Stage[]): Promise<void> {
  const check = async () => {
    for (const { story, watched } of stages) {
      await story.ended(watched);
      expect(await watched.revisions('app'), story.name).toEqual(story.revisions);
    }
  };
  await vi.waitFor(check, waiting);
}

/** Takes the releases away, so that the next round has the operator for itself. */
async function clear(stages: readonly Stage[]): Promise<void> {
  for (const { watched } of stages) await cluster.kube.delete(watched.ref('app'));
  await vi.waitFor(async () => {
    for (const { watched } of stages)
      expect(await cluster.kube.get(watched.ref('app'))).toBeUndefined();
  }, waiting);
}

test(`${kills} kills`, { timeout: 60_000 + kills * 60_000 }, async () => {
  let operator = await startProcess();
  const clean = await setStages();
  const begun = performance.now();
  await begin(clean);
  await allEnd(clean);
  const longestMs = performance.now() - begun;
  await clear(clean);
  let state = seed;
  for (let kill = 0; kill < kills; kill += 1) {
    const stages = await setStages();
    state = (state * 48_271) % 2_147_483_647;
    const afterMs = (state / 2_147_483_647) * longestMs;
    try {
      await Promise.all([begin(stages), systemClock.sleep(afterMs).then(() => operator.kill())]);
      operator = await startProcess();
      await allEnd(stages);
    } catch (thrown) {
      throw new Error(`kill ${kill}, ${Math.round(afterMs)} ms after the beginning`, {
        cause: thrown,
      });
    }
    await clear(stages);
  }
  expect(await operator.stop()).toBe(0);
});
