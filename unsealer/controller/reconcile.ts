/** One SealedSecret: unseal, write the Secret, tell. */
import type { EventRecorder, KubeClient } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { UnsealerError } from '../errors.ts';
import { readSealedSecret } from '../seal/sealed-secret.ts';
import { mergeSecret } from './merge.ts';
import { nextStatus } from './status.ts';

export interface ReconcileOptions {
  kube: KubeClient;
  clock: Clock;
  events: EventRecorder;
  unseal: (object: KubeObject) => KubeObject;
  updateStatus: boolean;
  signal: AbortSignal;
}

/** @returns what went wrong, `undefined` when the Secret is as it should be */
export async function reconcile(
  object: KubeObject,
  options: ReconcileOptions,
): Promise<Error | undefined> {
  let failure: Error | undefined;
  try {
    await writeSecret(object, options.unseal(object), options);
  } catch (thrown) {
    failure = explained(thrown, object);
  }
  const { events } = options;
  if (failure === undefined) {
    await events.record(object, 'Normal', 'Unsealed', 'SealedSecret unsealed successfully');
  } else if (failure instanceof UnsealerError && failure.reason === 'UnsealFailed') {
    const message = `Failed to unseal: ${failure.message}`;
    await events.record(object, 'Warning', 'ErrUnsealFailed', message);
  } else {
    await events.record(object, 'Warning', 'ErrUpdateFailed', failure.message);
  }
  const isUnmanaged = failure instanceof UnsealerError && failure.reason === 'Unmanaged';
  const text =
    failure === undefined
      ? undefined
      : isUnmanaged
        ? `failed update: ${failure.message}`
        : failure.message;
  if (options.updateStatus) await writeStatus(object, text, options);
  return failure;
}

async function writeSecret(
  object: KubeObject,
  wanted: KubeObject,
  { kube, signal }: ReconcileOptions,
): Promise<void> {
  const { namespace, name = '' } = wanted.metadata;
  const live = await kube.get({ apiVersion: 'v1', kind: 'Secret', namespace, name }, { signal });
  if (live === undefined) {
    await kube.create(wanted, { signal });
    return;
  }
  // The version read goes along, so that a change made meanwhile is not lost.
  const next = mergeSecret(live, wanted, object.metadata.uid ?? '');
  if (next !== undefined) await kube.update(next, { signal });
}

async function writeStatus(
  object: KubeObject,
  error: string | undefined,
  { kube, clock, signal }: ReconcileOptions,
): Promise<void> {
  const status = nextStatus(readSealedSecret(object), error, clock.now());
  if (status === undefined) return;
  const { apiVersion, kind } = object;
  const { namespace, name = '' } = object.metadata;
  const ref = { apiVersion, kind, namespace, name };
  await kube.patch(ref, 'merge', { status }, { subresource: 'status', signal });
}

/** A Secret that cannot be changed is said in words that help. */
function explained(thrown: unknown, { metadata }: KubeObject): Error {
  const message = messageOf(thrown);
  if (!message.includes('field is immutable when `immutable` is set')) {
    return thrown instanceof Error ? thrown : new Error(message);
  }
  const key = `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;
  return new UnsealerError(
    'Immutable',
    key,
    `Error updating ${key}: the target Secret is immutable. Delete it to let it be made anew.`,
    { cause: thrown },
  );
}
