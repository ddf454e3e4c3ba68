/** The working copy of one object during one look at it: spec to read, status and conditions to change, written when asked. */
import type { KubeWriter } from '../../lib/kube/mod.ts';
import { KubeError } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';
import { Conditions } from './conditions.ts';
import type { ToolkitEvent } from './events.ts';
import { Fields } from './fields.ts';
import { mergePatch } from './merge-patch.ts';

/** A change asks for a look now: any value that differs from `status.lastHandledReconcileAt`. */
export const requestedAtKey = 'reconcile.fluxcd.io/requestedAt';

export interface Draft {
  /** As read; not to be changed. */
  readonly object: KubeObject;
  readonly namespace: string;
  readonly name: string;
  readonly generation: number;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: Fields;
  /** Changed at will; `save` writes what differs from what the server has. */
  readonly status: Record<string, unknown>;
  readonly conditions: Conditions;
  /** Writes the status. @throws KubeError */
  save(): Promise<void>;
  /** Has the status as it is now written for those who watch, unless it is soon out of date: shown anew or saved. */
  showProgress(): void;
  /** Tells of something that happened; never fails. */
  tell(event: ToolkitEvent): void;
}

export interface DraftDependencies {
  kube: Pick<KubeWriter, 'patch'>;
  /** `source-controller`, `helm-controller`. */
  fieldManager: string;
  now: () => Date;
  tell: (about: KubeObject, event: ToolkitEvent) => void;
  /** Gets the object as the server has it after each write. */
  onWritten: (object: KubeObject) => void;
  /** How long progress stays unwritten; rejects when the signal fires. Without it, progress is not written by itself. */
  pause?: (signal: AbortSignal) => Promise<void>;
}

export function openDraft(object: KubeObject, dependencies: DraftDependencies): Draft {
  const { kube, fieldManager, now, tell, onWritten, pause } = dependencies;
  const { metadata } = object;
  const namespace = metadata.namespace ?? '';
  const name = metadata.name ?? '';
  const generation = metadata.generation ?? 0;
  let stored: Record<string, unknown> = isRecord(object['status']) ? object['status'] : {};
  const status: Record<string, unknown> = structuredClone(stored);
  const conditions = new Conditions(status['conditions'], generation, now);
  delete status['conditions'];
  const wanted = () => {
    const { list } = conditions;
    return structuredClone({ ...status, ...(list.length === 0 ? {} : { conditions: list }) });
  };
  const write = async (next: Record<string, unknown>): Promise<void> => {
    const patch = mergePatch(stored, next);
    if (patch === undefined) return;
    const written = await kube
      .patch(
        { apiVersion: object.apiVersion, kind: object.kind, namespace, name },
        'merge',
        { status: patch },
        { subresource: 'status', fieldManager },
      )
      .catch((thrown: unknown) => {
        // Nobody is left to be told.
        const isGone = thrown instanceof KubeError && thrown.reason === 'NotFound';
        if (isGone && metadata.deletionTimestamp !== undefined) return undefined;
        throw thrown;
      });
    stored = next;
    if (written !== undefined) onWritten(written);
  };
  let pausing: AbortController | undefined;
  let showing: Promise<void> = Promise.resolve();
  const show = async (progress: Record<string, unknown>, stop: AbortController): Promise<void> => {
    try {
      await pause?.(stop.signal);
    } catch {
      // There is no more to show, or the program ends.
      return;
    }
    if (pausing !== stop) return;
    pausing = undefined;
    // What comes after it says the same and more; when that cannot be written either, it is told.
    showing = showing.then(() => write(progress)).catch(() => undefined);
  };
  return {
    object,
    namespace,
    name,
    generation,
    annotations: metadata.annotations ?? {},
    spec: new Fields(object['spec']),
    status,
    conditions,
    save: async () => {
      pausing?.abort();
      pausing = undefined;
      await showing;
      await write(wanted());
    },
    showProgress: () => {
      if (pause === undefined) return;
      pausing?.abort();
      pausing = new AbortController();
      void show(wanted(), pausing);
    },
    tell: (event) => {
      tell(object, event);
    },
  };
}
