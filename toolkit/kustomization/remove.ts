/** What becomes of applied objects when their Kustomization goes. */
import { messageOf } from '../../lib/runtime/mod.ts';
import type { Draft } from '../runtime/mod.ts';
import { shownChange } from './apply.ts';
import type { Change } from './apply.ts';
import type { Parts } from './kind.ts';
import { compareIds, parseInventoryId, refOf, shownId } from './object-id.ts';
import { prune, readInventory } from './prune.ts';
import { readSpec } from './spec.ts';
import type { KustomizationSpec } from './spec.ts';
import { teller } from './tell.ts';

const pauseMs = 500;

export async function removeApplied(
  parts: Parts,
  draft: Draft,
  signal: AbortSignal,
): Promise<void> {
  const spec = readSpec(draft);
  const entries = readInventory(draft.status);
  if (draft.spec.flag('suspend') === true || entries.length === 0 || !isDeleting(spec)) return;
  const { lastAppliedRevision, lastAppliedOriginRevision } = draft.status;
  const revision = typeof lastAppliedRevision === 'string' ? lastAppliedRevision : '';
  const originRevision =
    typeof lastAppliedOriginRevision === 'string' ? lastAppliedOriginRevision : undefined;
  const tell = (severity: 'info' | 'error', message: string) => {
    teller(draft)(severity, message, revision, { originRevision });
  };
  if (!(await parts.clusters.isReachable(spec))) {
    const shown = entries
      .flatMap(({ id }) => parseInventoryId(id) ?? [])
      .sort(compareIds)
      .map(shownId);
    tell('error', `unable to prune objects: \n${shown.join('\n')}`);
    return;
  }
  const kube = await parts.clusters.open(spec);
  const { changes, error } = await prune(kube, entries, spec, signal);
  if (error !== undefined) {
    tell('error', 'pruning for deleted resource failed');
    throw error;
  }
  if (changes.length === 0) return;
  tell('info', changes.map(shownChange).join('\n'));
  if (spec.deletionPolicy !== 'WaitForTermination') return;
  try {
    await waitUntilGone(parts, kube, changes, { timeoutMs: spec.timeoutMs, signal });
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    // The finalizer goes all the same, as with the original.
    tell('error', `failed to wait for resources termination: ${messageOf(thrown)}`);
  }
}

function isDeleting({ deletionPolicy, prune: isPruned }: KustomizationSpec): boolean {
  switch (deletionPolicy) {
    case 'MirrorPrune':
      return isPruned;
    case 'Delete':
    case 'WaitForTermination':
      return true;
    case 'Orphan':
      return false;
  }
}

async function waitUntilGone(
  { clock }: Parts,
  kube: Awaited<ReturnType<Parts['clusters']['open']>>,
  changes: readonly Change[],
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<void> {
  const end = clock.now().getTime() + timeoutMs;
  for (const { id, version, action } of changes) {
    if (action !== 'deleted') continue;
    while ((await kube.get(refOf(id, version), { signal })) !== undefined) {
      if (clock.now().getTime() >= end) throw new Error(`${shownId(id)} termination timeout`);
      await clock.sleep(pauseMs, signal);
    }
  }
}
