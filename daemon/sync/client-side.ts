/** What server-side apply refuses but kubectl would take, applied kubectl's way: lists with one key twice, for one. */
import type { KubeClient } from '../../lib/kube/mod.ts';
import { KubeError } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { lastApplied } from './ownership.ts';
import { isRecord } from '../../lib/runtime/mod.ts';

/**
 * Whether server-side apply failed for a reason that client-side apply does not know. The server gives such failures no
 * reason of their own (it calls them internal errors), so its text has to tell.
 */
export function refusedByServerSide(thrown: unknown): boolean {
  return (
    thrown instanceof KubeError &&
    /failed to create typed (patch|live) object|duplicate entries for key/.test(thrown.message)
  );
}

/** Three ways: what was applied last, what is wanted, what there is. */
export async function applyClientSide(
  kube: KubeClient,
  desired: KubeObject,
  options: { fieldManager: string; signal: AbortSignal },
): Promise<KubeObject> {
  const { apiVersion, kind, metadata } = desired;
  const wanted: KubeObject = {
    ...desired,
    metadata: {
      ...metadata,
      annotations: { ...metadata.annotations, [lastApplied]: `${JSON.stringify(desired)}\n` },
    },
  };
  const ref = { apiVersion, kind, namespace: metadata.namespace, name: metadata.name ?? '' };
  const live = await kube.get(ref, { signal: options.signal });
  if (live === undefined) return kube.create(wanted, options);
  const before = appliedLast(live) ?? { apiVersion, kind, metadata: {} };
  // The engine of releases knows how to merge; it is large, and hardly ever needed here.
  const { threeWayPatch } = await import('../../lib/helm/action/mod.ts');
  const change = threeWayPatch(before, wanted, live, true);
  return change === undefined ? live : kube.patch(ref, change.type, change.patch, options);
}

function appliedLast(live: KubeObject): KubeObject | undefined {
  const text = live.metadata.annotations?.[lastApplied];
  if (text === undefined) return undefined;
  const value: unknown = JSON.parse(text);
  if (!isRecord(value) || !isRecord(value.metadata)) return undefined;
  return { ...value, apiVersion: live.apiVersion, kind: live.kind, metadata: value.metadata };
}
