/**
 * The operator dies at any moment, and the next one ends where a clean run ends.
 *
 * A moment is a write to the API server, just before or just after it is carried out: nothing else that the operator
 * does outlives it. REFLUX_CRASH_MOMENTS says how many are tried, spread evenly; by default a few.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { KubeClient } from '../lib/kube/mod.ts';
import { startTestCluster } from './_harness.ts';
import type { TestCluster, TestOperator, TestRepository } from './_harness.ts';
import { pushStoryChart, setScene, storiesOf, waiting } from './_stories.ts';
import type { Story } from './_stories.ts';

const moments = Number(process.env.REFLUX_CRASH_MOMENTS ?? '2');

let cluster: TestCluster;
let repository: TestRepository;

beforeAll(async () => {
  cluster = await startTestCluster();
  repository = await cluster.createRepository();
  await pushStoryChart(repository);
});
afterAll(() => cluster.close());

const stories = storiesOf(
  () => cluster,
  () => repository,
);

/** @returns how many writes the story took */
async function play(story: Story, dies: number | undefined): Promise<number> {
  const { watched, flags } = await setScene(cluster, repository, story);
  const mortal = dieAtWrite(cluster.kube, dies);
  const first = await cluster.startOperator({ flags, kube: mortal.kube });
  await story.begin(watched);
  const end = () => vi.waitFor(() => story.ended(watched), waiting);
  let second: TestOperator | undefined;
  if (dies !== undefined) {
    // The story may end with fewer writes than the clean one: statuses are written less often.
    await Promise.race([mortal.died, end().catch(() => undefined)]);
    mortal.die();
    first.signal();
    second = await cluster.startOperator({ flags });
  }
  await end();
  // Let it look once more, so that what is settled is not touched again.
  await vi.waitFor(
    async () => expect(await watched.revisions('app')).toEqual(story.revisions),
    waiting,
  );
  await (second ?? first).stop();
  expect(await watched.revisions('app')).toEqual(story.revisions);
  return mortal.writes();
}

describe.each(stories)('$name', (story) => {
  test('ends as a clean run does, whenever it is killed', { timeout: 600_000 }, async () => {
    const writes = await play(story, undefined);
    // Each write has a moment before and one after it.
    const last = writes * 2;
    const tried = Math.min(moments, last);
    for (let at = 0; at < tried; at += 1) {
      const moment = Math.floor(((at + 0.5) * last) / tried);
      await play(story, moment).catch((thrown: unknown) => {
        throw new Error(`killed ${moment % 2 === 0 ? 'before' : 'after'} write ${moment >> 1}`, {
          cause: thrown,
        });
      });
    }
  });
});

/**
 * A client that works until a write, and from then on neither answers nor does anything.
 *
 * @param moment twice the number of the write (from 0), plus one to carry it out
 */
function dieAtWrite(kube: KubeClient, moment: number | undefined) {
  let count = 0;
  let dead = false;
  let tell: () => void = () => undefined;
  const died = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const never = new Promise<never>(() => undefined);
  const die = () => {
    dead = true;
    tell();
  };
  const read =
    <A extends unknown[], R>(act: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> =>
      dead ? never : act(...args);
  const write =
    <A extends unknown[], R>(act: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (dead) return never;
      const number = count;
      count += 1;
      const isLast = moment !== undefined && number === moment >> 1;
      if (isLast && moment % 2 === 0) {
        die();
        return never;
      }
      const result = await act(...args);
      if (isLast) {
        die();
        return never;
      }
      return dead ? never : result;
    };
  const mortal: KubeClient = {
    ...kube,
    get: ((...args: Parameters<KubeClient['get']>) => read(kube.get)(...args)) as KubeClient['get'],
    list: ((...args: Parameters<KubeClient['list']>) =>
      read(kube.list)(...args)) as KubeClient['list'],
    listMetadata: read(kube.listMetadata),
    resourceType: read(kube.resourceType),
    create: write(kube.create) as KubeClient['create'],
    update: write(kube.update) as KubeClient['update'],
    patch: write(kube.patch),
    apply: write(kube.apply),
    delete: write(kube.delete),
  };
  return { kube: mortal, died, die, writes: () => count };
}
