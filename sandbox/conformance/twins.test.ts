/**
 * The same random writes to the sandbox and to a real API server, compared after each: answers, objects, and who owns
 * which field. Runs where REFLUX_CONFORMANCE_KUBECONFIG names a kubeconfig; REFLUX_CONFORMANCE_SEEDS says how many
 * sequences (20).
 */
import { readFile } from 'node:fs/promises';
import yaml from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../lib/runtime/mod.ts';
import { startApiServer } from '../apiserver/mod.ts';
import type { ApiServer } from '../apiserver/mod.ts';
import { newNamespace } from './context.ts';
import { at, createProbe, patchTypes } from './probe.ts';
import type { Answer, Probe } from './probe.ts';
import { targetOf } from './target.ts';
import { randomWrites } from './writes.ts';

const kubeconfig = process.env.REFLUX_CONFORMANCE_KUBECONFIG ?? '';
const seeds = Number(process.env.REFLUX_CONFORMANCE_SEEDS ?? '20');

describe.skipIf(kubeconfig === '')('the sandbox and a real API server', () => {
  let server: ApiServer;
  let probes: readonly [Probe, Probe];
  beforeAll(async () => {
    server = await startApiServer({ clock: systemClock });
    const real = targetOf(yaml.load(await readFile(kubeconfig, 'utf8')));
    probes = [createProbe(server), createProbe(real)];
  });
  afterAll(async () => {
    for (const probe of probes) await probe.close();
    await server.close();
  });

  test.each(Array.from({ length: seeds }, (_, seed) => seed))('sequence %i', async (seed) => {
    const namespaces = await Promise.all(probes.map(newNamespace));
    for (const [step, write] of randomWrites(seed).entries()) {
      const [ours, theirs] = await Promise.all(
        probes.map(async (probe, side) => {
          const { type, method, query, resource, body } = write;
          const base = `${resource.root}/namespaces/${namespaces[side] ?? ''}/${resource.plural}`;
          const path = `${base}${method === 'POST' ? '' : '/x'}?${query}`;
          return plain(
            await probe.call(method, path, {
              ...(body === undefined ? {} : { body }),
              ...(type === undefined ? {} : { type: patchTypes[type] }),
            }),
            namespaces[side] ?? '',
          );
        }),
      );
      expect(ours, `step ${step}: ${JSON.stringify(write)}`).toEqual(theirs);
    }
  });
});

/** An answer without what differs between any two servers. */
function plain({ status, body }: Answer, namespace: string): unknown {
  const text = JSON.stringify(body, (key, value: unknown) => {
    if (everChanging.has(key)) return undefined;
    if (key === 'clusterIP') return 'IP';
    if (key === 'clusterIPs') return ['IP'];
    // The real server takes conflicts from a Go map.
    if (key === 'message' && typeof value === 'string') return value.split('\n').sort();
    if (key === 'causes' && Array.isArray(value))
      return value.sort(
        by((cause) => `${String(at(cause, 'message'))} ${String(at(cause, 'field'))}`),
      );
    if (key !== 'managedFields' || !Array.isArray(value)) return value;
    return value
      .filter((entry) => at(entry, 'subresource') !== 'status')
      .sort(by((entry) => `${String(at(entry, 'manager'))} ${String(at(entry, 'operation'))}`));
  });
  return { status, body: JSON.parse(text.replaceAll(namespace, 'NAMESPACE')) as unknown };
}

const everChanging = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'time',
  'lastUpdateTime',
  'lastTransitionTime',
]);

const by = (text: (value: unknown) => string) => (a: unknown, b: unknown) =>
  text(a) < text(b) ? -1 : 1;
