/** Generated templates, rendered by the real Helm engine and by ours. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareCases } from './compare.ts';
import type { Difference } from './compare.ts';
import { buildOracle } from './oracle.ts';
import type { Oracle } from './oracle.ts';

/** About half a minute of two processors; a change of the seed tries others. */
const [count, seed] = [6000, 20_260];

let built: Oracle | { missing: string } = { missing: 'not built yet' };

beforeAll(async () => {
  built = await buildOracle();
}, 300_000);

afterAll(async () => {
  if (!('missing' in built)) await built.close();
});

test('generated templates render as in Helm 3.19', { timeout: 240_000 }, async (context) => {
  if ('missing' in built) {
    context.skip(`the oracle cannot be built: ${built.missing}`);
    return;
  }
  const differences: Difference[] = [];
  const { compared } = await compareCases(built, seed, count, (each) => differences.push(each));
  expect(differences).toEqual([]);
  expect(compared).toBeGreaterThan(count * 0.99);
});
