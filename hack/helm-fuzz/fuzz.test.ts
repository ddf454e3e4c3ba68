/** A short run of the fuzzer; `npm run fuzz` goes on for as long as it is told. */
import { expect, test } from 'vitest';
import { tryInput } from './fuzz.ts';
import type { Finding } from './fuzz.ts';
import { targets } from './targets.ts';

const [first, count] = [1, 1500];

test.each(targets)('spoilt inputs of $name', { timeout: 60_000 }, (target) => {
  const findings: Finding[] = [];
  for (let seed = first; seed < first + count / targets.length; seed += 1) {
    const finding = tryInput(target, seed, 10_000);
    if (finding !== undefined) findings.push(finding);
  }
  expect(findings).toEqual([]);
});
