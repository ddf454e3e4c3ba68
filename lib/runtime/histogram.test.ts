import { Histogram, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createHistogram } from './histogram.ts';

const options = {
  name: 'flux_test_seconds',
  help: 'Duration of something in seconds.',
  labelNames: ['action', 'release_name'],
  buckets: [1, 5, 600, 1800],
};

test('createHistogram() prints what prom-client prints', async () => {
  const registry = new Registry();
  const theirs = new Histogram({ ...options, registers: [registry] });
  const ours = createHistogram(options);
  expect(ours.text()).toBe(await registry.metrics());
  const values = [0, 0.5, 1, 1.25, 5, 600, 601, 1800, 5000, 0.1];
  for (const [at, value] of values.entries()) {
    const labels = { action: at % 3 === 0 ? 'sync' : 'install', release_name: `a"b\\c\n${at % 2}` };
    theirs.observe(labels, value);
    ours.observe(labels, value);
  }
  expect(ours.text()).toBe(await registry.metrics());
  const gone = { action: 'install', release_name: 'a"b\\c\n1' };
  theirs.remove(gone);
  ours.remove(gone);
  expect(ours.text()).toBe(await registry.metrics());
  expect(ours.text()).not.toContain('install",release_name="a\\"b\\\\c\\n1');
});
