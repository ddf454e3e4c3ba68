import { expect, test } from 'vitest';
import { objectKey } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import type { Collection, Listener } from '../runtime/mod.ts';
import { createChartArrivals } from './chart-arrival.ts';

const chart = (status: Record<string, unknown>): KubeObject => ({
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'HelmChart',
  metadata: { namespace: 'default', name: 'podinfo', uid: '1', generation: 2 },
  status,
});
const never = new AbortController().signal;

/** A collection of one chart, and a clock whose sleep ends by its signal or when it is told to. */
function stage(first: KubeObject) {
  let current: KubeObject | undefined = first;
  const listeners: Listener[] = [];
  const unused = () => {
    throw new Error('not used');
  };
  const collection: Collection = {
    get: () => current,
    list: unused,
    onChange: (listener) => {
      listeners.push(listener);
    },
    index: unused,
    wrote: unused,
    synced: unused,
  };
  let wake: () => void = unused;
  let slept = 0;
  const arrivals = createChartArrivals(collection, {
    now: () => new Date(0),
    sleep: (_ms, signal) =>
      new Promise((resolve, reject) => {
        slept += 1;
        wake = resolve;
        signal?.addEventListener('abort', () => {
          reject(new Error('ended'));
        });
      }),
  });
  return {
    arrivals,
    slept: () => slept,
    wake: () => {
      wake();
    },
    change: (now: KubeObject | undefined) => {
      const before = current;
      current = now;
      for (const listener of listeners) listener(objectKey(first), now, before);
    },
  };
}

test.each([
  ['that is ready', { observedGeneration: 2 }],
  ['that failed', { conditions: [{ type: 'Ready', status: 'False' }] }],
])('a chart %s is not waited for', async (_what, status) => {
  const { arrivals, slept } = stage(chart(status));
  expect(await arrivals.awaited('default/web', chart(status), never)).toEqual(chart(status));
  expect(slept()).toBe(0);
});

test('a chart is there as soon as its controller has looked at it', async () => {
  const { arrivals, change } = stage(chart({}));
  const awaited = arrivals.awaited('default/web', chart({}), never);
  change(chart({ observedGeneration: 1 }));
  change(chart({ observedGeneration: 2, artifact: { revision: '1.0.0' } }));
  expect(await awaited).toEqual(chart({ observedGeneration: 2, artifact: { revision: '1.0.0' } }));
});

test('after a moment the chart is taken as it is, one that has gone as it was', async () => {
  const late = stage(chart({}));
  const awaited = late.arrivals.awaited('default/web', chart({}), never);
  late.change(chart({ observedGeneration: 1 }));
  late.wake();
  expect(await awaited).toEqual(chart({ observedGeneration: 1 }));
  const gone = stage(chart({}));
  const missing = gone.arrivals.awaited('default/web', chart({}), never);
  gone.change(undefined);
  expect(await missing).toEqual(chart({}));
});

test('while a release waits, news of its chart is for it alone, and for nobody afterwards', async () => {
  const { arrivals, change } = stage(chart({}));
  expect(arrivals.isAwaiting('default/web', 'default/podinfo')).toBe(false);
  const awaited = arrivals.awaited('default/web', chart({}), never);
  expect(arrivals.isAwaiting('default/web', 'default/podinfo')).toBe(true);
  expect(arrivals.isAwaiting('default/other', 'default/podinfo')).toBe(false);
  change(chart({ observedGeneration: 2 }));
  await awaited;
  expect(arrivals.isAwaiting('default/web', 'default/podinfo')).toBe(false);
});

test('the end of the program ends the wait', async () => {
  const { arrivals } = stage(chart({}));
  const end = new AbortController();
  const awaited = arrivals.awaited('default/web', chart({}), end.signal);
  end.abort();
  await expect(awaited).rejects.toThrow('ended');
});
