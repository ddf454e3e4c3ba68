/**
 * What a Kubernetes API server does, asked of the sandbox, and of a real one when REFLUX_CONFORMANCE_KUBECONFIG names
 * its kubeconfig (with a token; kube-controller-manager has to run beside it).
 */
import { readFile } from 'node:fs/promises';
import yaml from 'js-yaml';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { systemClock } from '../../lib/runtime/mod.ts';
import { startApiServer } from '../apiserver/mod.ts';
import type { Context } from './context.ts';
import { customCases } from './custom.ts';
import { deletionCases } from './deletion.ts';
import { discoveryCases } from './discovery.ts';
import { objectCases } from './objects.ts';
import { patchCases } from './patches.ts';
import { createProbe } from './probe.ts';
import type { Target } from './probe.ts';
import { selectionCases } from './selection.ts';
import { targetOf } from './target.ts';
import { watchCases } from './watches.ts';

const kubeconfig = process.env.REFLUX_CONFORMANCE_KUBECONFIG;

conformance('the sandbox', async () => {
  const { url, token, ca, close } = await startApiServer({ clock: systemClock });
  return { target: { url, token, ca }, keepsHistory: false, close };
});

if (kubeconfig === undefined || kubeconfig === '') {
  test.skip('a real API server (REFLUX_CONFORMANCE_KUBECONFIG is not set)', () => undefined);
} else {
  conformance('a real API server', async () => ({
    target: targetOf(yaml.load(await readFile(kubeconfig, 'utf8'))),
    keepsHistory: true,
    close: () => Promise.resolve(),
  }));
}

function conformance(
  name: string,
  open: () => Promise<{ target: Target; keepsHistory: boolean; close(): Promise<void> }>,
): void {
  describe(name, () => {
    let context: Context;
    let close: () => Promise<void>;
    beforeAll(async () => {
      const opened = await open();
      context = { probe: createProbe(opened.target), keepsHistory: opened.keepsHistory };
      close = opened.close;
    });
    afterAll(async () => {
      await context.probe.close();
      await close();
    });
    for (const cases of [
      discoveryCases,
      objectCases,
      patchCases,
      selectionCases,
      watchCases,
      deletionCases,
      customCases,
    ])
      cases(() => context);
  });
}
