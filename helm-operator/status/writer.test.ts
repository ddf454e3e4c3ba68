import { expect, test } from 'vitest';
import { KubeError } from '../../lib/kube/mod.ts';
import type { HelmRelease, HelmReleaseStatus, KubeObject } from '../../lib/objects/mod.ts';
import { memoryLogger } from '../../lib/runtime/mod.ts';
import { createStatusWriter } from './writer.ts';

const hr: HelmRelease = {
  apiVersion: 'helm.fluxcd.io/v1',
  kind: 'HelmRelease',
  metadata: { namespace: 'dev', name: 'app', uid: '1' },
  spec: { chart: {} },
};

/** Answers each patch only when it is told to, and keeps what a server would. */
function slowServer() {
  const status: Record<string, unknown> = {};
  const waiting: (() => void)[] = [];
  const unused = () => Promise.reject(new Error('unused'));
  return {
    status,
    waiting,
    kube: {
      create: unused,
      update: unused,
      apply: unused,
      delete: unused,
      patch: async (_ref: unknown, _type: unknown, patch: unknown): Promise<KubeObject> => {
        await new Promise<void>((resolve) => waiting.push(resolve));
        Object.assign(status, (patch as { status: Record<string, unknown> }).status);
        return hr;
      },
    },
  };
}

test('changes that overlap keep one another', async () => {
  const server = slowServer();
  const writer = createStatusWriter(server.kube, memoryLogger());
  const change = (fields: HelmReleaseStatus) =>
    writer.update(hr, (before) => ({ ...before, ...fields }));
  const all = [change({ phase: 'Installing' }), change({ releaseStatus: 'deployed' })];
  const last = change({ phase: 'Succeeded' });
  for (let answered = 0; answered < 3;) {
    await new Promise((resolve) => setImmediate(resolve));
    const answer = server.waiting.shift();
    if (answer === undefined) continue;
    answered += 1;
    answer();
  }
  await Promise.all(all);
  expect(await last).toEqual({ phase: 'Succeeded', releaseStatus: 'deployed' });
  expect(server.status).toEqual({ phase: 'Succeeded', releaseStatus: 'deployed' });
  // Nothing changes: nothing is sent.
  await change({ phase: 'Succeeded' });
  expect(server.waiting).toEqual([]);
});

test('a write that failed, or whose answer was lost, is made up for', async () => {
  const server = slowServer();
  const { patch } = server.kube;
  let lost = true;
  const writer = createStatusWriter(
    {
      ...server.kube,
      patch: async (...args: Parameters<typeof patch>) => {
        const done = patch(...args);
        server.waiting.shift()?.();
        await done;
        if (lost) throw new KubeError('ServerUnreachable', 'status', 'connection reset');
        return hr;
      },
    },
    memoryLogger(),
  );
  await writer.update(hr, () => ({ phase: 'Upgrading', rollbackCount: 1 }));
  expect(writer.current(hr)).toEqual({ phase: 'Upgrading', rollbackCount: 1 });
  expect(writer.isWritten(hr)).toBe(false);
  lost = false;
  // As it was before the write that seemed to fail: it has to be sent all the same.
  await writer.update(hr, () => ({}));
  expect(writer.isWritten(hr)).toBe(true);
  expect(server.status).toEqual({ phase: null, rollbackCount: null });
});
