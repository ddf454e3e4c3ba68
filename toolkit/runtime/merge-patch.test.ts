import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isRecord } from '../../lib/runtime/mod.ts';
import { mergePatch } from './merge-patch.ts';

function apply(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const out: Record<string, unknown> = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else out[key] = apply(out[key], value);
  }
  return out;
}

const names = fc.constantFrom('a', 'b', 'c');
const leaf = fc.oneof(fc.integer(), fc.string(), fc.array(fc.integer()));
const tree = fc.dictionary(names, fc.oneof(leaf, fc.dictionary(names, leaf)));

test('a patch makes one document the other, and is nothing when they are the same', () => {
  fc.assert(
    fc.property(tree, tree, (before, after) => {
      const patch = mergePatch(before, after);
      expect(apply(before, patch ?? {})).toEqual({ ...after });
      expect(mergePatch(after, structuredClone(after))).toBeUndefined();
    }),
  );
});
