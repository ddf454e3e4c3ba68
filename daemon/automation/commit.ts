/** What a commit of image changes says: its message and its note (spec flux-v1 §7.5, §7.6). Pure. */
import { formatImageRef } from '../../lib/policy/mod.ts';
import type { CommitNote, UpdateResult } from '../../lib/wire/mod.ts';
import type { ImageChange } from './automate.ts';

export function autoReleaseMessage(changes: readonly ImageChange[]): string {
  const refs = [...new Set(changes.map(({ target }) => formatImageRef(target)))].sort();
  if (refs.length === 1) return `Auto-release ${refs[0] ?? ''}`;
  return `Auto-release multiple (${refs.length}) images\n\n${refs.map((ref) => ` - ${ref}\n`).join('')}`;
}

export function resultOf(changes: readonly ImageChange[]): UpdateResult {
  const result: UpdateResult = {};
  for (const { workload, container, current, target } of changes) {
    const entry = (result[workload.id] ??= { Status: 'success', PerContainer: [] });
    entry.PerContainer?.push({
      Container: container,
      Current: formatImageRef(current),
      Target: formatImageRef(target),
    });
  }
  return result;
}

export function autoNote(jobID: string, changes: readonly ImageChange[]): CommitNote {
  return {
    jobID,
    spec: {
      type: 'auto',
      cause: { Message: '', User: '' },
      spec: {
        Changes: changes.map(({ workload, container, current, target }) => ({
          WorkloadID: workload.id,
          Container: { Name: container, Image: formatImageRef(current) },
          ImageID: formatImageRef(target),
        })),
      },
    },
    result: resultOf(changes),
  };
}
