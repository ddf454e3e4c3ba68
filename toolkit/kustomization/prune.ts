/** Deleting what a Kustomization has applied and no longer wants. */
import type { KubeClient } from '../../lib/kube/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { Fields } from '../runtime/mod.ts';
import type { Change } from './apply.ts';
import { KustomizationError } from './errors.ts';
import { isMarked, isOwned, mark } from './metadata.ts';
import { compareIds, inventoryId, parseInventoryId, refOf, shownId } from './object-id.ts';
import type { InventoryEntry } from './object-id.ts';

/** Entries of `status.inventory`; what cannot be read is left out. */
export const readInventory = (status: Readonly<Record<string, unknown>>): InventoryEntry[] =>
  new Fields(status)
    .at('inventory')
    .each('entries')
    .flatMap((each) => {
      const [id, v] = [each.text('id'), each.text('v')];
      return id === undefined || v === undefined ? [] : [{ id, v }];
    });

export const inventoryOf = (changes: readonly Change[]): InventoryEntry[] =>
  changes.map(({ id, version }) => ({ id: inventoryId(id), v: version }));

export interface Pruned {
  changes: Change[];
  /** What is still there and has to be tried again; nothing went wrong when it is empty. */
  survivors: InventoryEntry[];
  /** Present when something went wrong. */
  error: KustomizationError | undefined;
}

/** Only objects that still carry the labels of their owner are deleted, and no marked ones; the last applied go first. */
export async function prune(
  kube: KubeClient,
  entries: readonly InventoryEntry[],
  owner: { namespace: string; name: string },
  signal: AbortSignal,
): Promise<Pruned> {
  const changes: Change[] = [];
  const survivors: InventoryEntry[] = [];
  let errors = '';
  const known = entries
    .flatMap((entry) => {
      const id = parseInventoryId(entry.id);
      return id === undefined ? [] : [{ entry, id }];
    })
    .sort((a, b) => compareIds(b.id, a.id));
  for (const { entry, id } of known) {
    const ref = refOf(id, entry.v);
    const note = (action: Change['action']) => changes.push({ id, version: entry.v, action });
    let step = 'query';
    try {
      const live = await kube.get(ref, { signal });
      if (live === undefined) note('deleted');
      else if (!isOwned(live, owner) || isMarked(live, mark.kept)) note('skipped');
      else {
        step = 'delete';
        await kube.delete(ref, { propagation: 'Background', signal });
        note('deleted');
      }
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      note('unknown');
      survivors.push(entry);
      errors += `${shownId(id)} ${step} failed: ${messageOf(thrown)};`;
    }
  }
  const error =
    errors === ''
      ? undefined
      : new KustomizationError('PruneFailed', 'prune', `delete failed, errors: ${errors}`);
  return { changes, survivors, error };
}
