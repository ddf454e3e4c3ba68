/** A draft of an object that is only looked at: nothing of it is written, and nobody is told. */
import { KubeError } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { openDraft } from './draft.ts';
import type { Draft } from './draft.ts';

export function readOnlyDraft(object: KubeObject, now: () => Date): Draft {
  const name = object.metadata.name ?? '';
  const refused = new KubeError('Forbidden', name, `${object.kind} ${name} is only looked at`);
  const dependencies = {
    kube: { patch: () => Promise.reject(refused) },
    fieldManager: '',
    now,
    tell: () => undefined,
    onWritten: () => undefined,
    pause: () => Promise.resolve(),
  };
  return openDraft(object, dependencies);
}
