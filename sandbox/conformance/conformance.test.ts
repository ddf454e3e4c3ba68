/**
 * What a Kubernetes API server does, asked of the sandbox, and of a real one when REFLUX_CONFORMANCE_KUBECONFIG names
 * its kubeconfig (with a token; kube-controller-manager has to run beside it).
 */
import { readFile } from 'node:fs/promises';
import yaml from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../lib/runtime/mod.ts';
import { startApiServer } from '../apiserver/mod.ts';
import type { Context } from './context.ts';
import { customCases } from './custom.ts';
import { deletionCases } from './deletion.ts';
import { discoveryCases } from './discovery.ts';
import { objectCases } from './objects.ts';
import { patchCases } from './patches.ts';
import { at, createProbe } from './probe.ts';
import type { Target } from './probe.ts';
import { selectionCases } from './selection.ts';
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

/** The first cluster and the first user of a kubeconfig. */
function targetOf(config: unknown): Target {
  const url = at(config, 'clusters', 0, 'cluster', 'server');
  const token = at(config, 'users', 0, 'user', 'token');
  const ca = at(config, 'clusters', 0, 'cluster', 'certificate-authority-data');
  expect(typeof url, 'server of the kubeconfig').toBe('string');
  expect(typeof token, 'token of the kubeconfig').toBe('string');
  return {
    url: String(url),
    token: String(token),
    ...(typeof ca === 'string' ? { ca: Buffer.from(ca, 'base64').toString() } : {}),
  };
}
