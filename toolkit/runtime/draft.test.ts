import { describe, expect, test, vi } from 'vitest';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';
import { openDraft } from './draft.ts';

const object: KubeObject = {
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'HelmChart',
  metadata: { namespace: 'apps', name: 'one', generation: 1 },
};

/** A draft, what it wrote, and the end of the pause after which progress is shown. */
function open() {
  const written: unknown[] = [];
  const pauses: { end: () => void; signal: AbortSignal }[] = [];
  const draft = openDraft(object, {
    kube: {
      patch: (_ref, _type, patch) => {
        written.push(isRecord(patch) ? patch['status'] : patch);
        return Promise.resolve(object as never);
      },
    },
    fieldManager: 'test',
    now: () => new Date(0),
    tell: () => undefined,
    onWritten: () => undefined,
    pause: (signal) =>
      new Promise((resolve, reject) => {
        pauses.push({ end: resolve, signal });
        signal.addEventListener('abort', () => {
          reject(new Error('no pause'));
        });
      }),
  });
  return { draft, written, pauses };
}

describe('showProgress', () => {
  test('is not written when the look ends before', async () => {
    const { draft, written, pauses } = open();
    draft.status['step'] = 1;
    draft.showProgress();
    draft.status['step'] = 2;
    await draft.save();
    expect(written).toEqual([{ step: 2 }]);
    expect(pauses.map(({ signal }) => signal.aborted)).toEqual([true]);
  });

  test('is written when it has lasted as long as the pause; the rest by save', async () => {
    const { draft, written, pauses } = open();
    draft.status['step'] = 1;
    draft.showProgress();
    draft.status['step'] = 2;
    draft.showProgress();
    expect(pauses.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    draft.status['half'] = 'done';
    pauses[1]?.end();
    await vi.waitFor(() => {
      expect(written).toEqual([{ step: 2 }]);
    });
    await draft.save();
    expect(written).toEqual([{ step: 2 }, { half: 'done' }]);
  });

  test('begins a pause of its own after each write', async () => {
    const { draft, written, pauses } = open();
    draft.status['step'] = 1;
    draft.showProgress();
    await draft.save();
    draft.status['step'] = 2;
    draft.showProgress();
    expect(pauses).toHaveLength(2);
    pauses[1]?.end();
    await vi.waitFor(() => {
      expect(written).toEqual([{ step: 1 }, { step: 2 }]);
    });
  });
});
