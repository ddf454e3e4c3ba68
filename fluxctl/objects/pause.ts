/** `fluxctl suspend` and `resume`. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { inParallel, messageOf } from '../../lib/runtime/mod.ts';
import { VerbFailed } from '../errors.ts';
import { ask, waitUntil } from './ask.ts';
import type { Asking, Handled } from './ask.ts';
import { find, servedVersion } from './cluster.ts';
import type { Cluster, Found } from './cluster.ts';
import type { FluxKind } from './kind.ts';
import { progressOf } from './ready.ts';
import type { Say } from './say.ts';

const fieldManager = 'fluxctl';
/** The same in the group of the generation before; taken away, never written. */
const olderIgnore = 'flux.weave.works/ignore';

/** By name, or all that there are in the namespace. */
export type Which = readonly string[] | 'all';

/** @throws VerbFailed when something was not found or not written; the others are done all the same */
export async function suspend(
  cluster: Cluster,
  say: Say,
  of: readonly FluxKind[],
  which: Which,
): Promise<void> {
  const problems = await eachOf(cluster, say, of, which, async (found) => {
    say.action(`suspending ${found.of.human} ${found.ref.name} in ${cluster.namespace} namespace`);
    await write(cluster, found, true);
    say.success(`${found.of.human} suspended`);
  });
  if (problems > 0) throw new VerbFailed(`${problems} could not be suspended`);
}

/**
 * @param wait for each to be ready again
 * @throws VerbFailed when something was not found or is not ready
 */
export async function resume(
  cluster: Cluster,
  asking: Asking,
  say: Say,
  of: readonly FluxKind[],
  which: Which,
  wait: boolean,
): Promise<void> {
  const waits: { found: Found; handled: Handled }[] = [];
  let problems = await eachOf(cluster, say, of, which, async (found) => {
    say.action(`resuming ${found.of.human} ${found.ref.name} in ${cluster.namespace} namespace`);
    const object = await write(cluster, found, false);
    say.success(`${found.of.human} resumed`);
    if (wait) waits.push({ found, handled: await afterResume(asking, found, object) });
  });
  const results = await inParallel(waits, 8, async ({ found, handled }) => {
    say.waiting(`waiting for ${found.of.kind} reconciliation`);
    try {
      return { found, object: await handled() };
    } catch (thrown) {
      return { found, thrown };
    }
  });
  let failed = 0;
  for (const { found, object, thrown } of results) {
    const { kind } = found.of;
    if (object === undefined) {
      failed += 1;
      const message = messageOf(thrown).replace(`${kind} reconciliation failed: `, '');
      say.failure(`${kind} ${found.ref.name} reconciliation failed: ${message}`);
      continue;
    }
    say.success(`${kind} ${found.ref.name} reconciliation completed`);
    say.success(found.of.success(object));
  }
  problems += failed;
  const shown = of[0]?.kind ?? '';
  if (failed > 0) throw new VerbFailed(`reconciliation failed for ${failed} ${shown}(s)`);
  if (problems > 0) throw new VerbFailed(`${problems} could not be resumed`);
}

async function afterResume(asking: Asking, found: Found, object: KubeObject): Promise<Handled> {
  const { of } = found;
  if (of.isStatic(object)) return () => Promise.resolve(object);
  // The older operator says nothing of a release that has stayed as it was, unless it is asked.
  if (of.request.by === 'event') return ask(asking, found, object, { force: false, reset: false });
  return () => waitUntil(asking, found, progressOf);
}

/** @returns how many of them failed */
async function eachOf(
  cluster: Cluster,
  say: Say,
  of: readonly FluxKind[],
  which: Which,
  work: (found: Found) => Promise<void>,
): Promise<number> {
  if (which === 'all') {
    const all = await everything(cluster, of);
    if (all.length === 0) throw new VerbFailed('no objects found');
    for (const found of all) await work(found);
    return 0;
  }
  let problems = 0;
  for (const name of new Set(which)) {
    try {
      await work(await find(cluster, of, name));
    } catch (thrown) {
      problems += 1;
      say.failure(messageOf(thrown));
    }
  }
  return problems;
}

async function everything({ kube, namespace }: Cluster, of: readonly FluxKind[]): Promise<Found[]> {
  const found: Found[] = [];
  for (const each of of) {
    const apiVersion = await servedVersion(kube, each);
    if (apiVersion === undefined) continue;
    const { items } = await kube.list({ apiVersion, kind: each.kind, namespace });
    for (const item of items)
      if (each.isOurs?.(item) ?? true) {
        const ref = { apiVersion, kind: each.kind, namespace, name: item.metadata.name ?? '' };
        found.push({ of: each, ref });
      }
  }
  return found;
}

/** @returns the object as it is then */
function write({ kube }: Cluster, { of, ref }: Found, suspended: boolean): Promise<KubeObject> {
  const { pause } = of;
  if (pause.by === 'nothing') throw new VerbFailed(`${of.kind} cannot be suspended`);
  const patch =
    pause.by === 'spec'
      ? { spec: { suspend: suspended ? true : null } }
      : {
          metadata: {
            annotations: {
              [pause.key]: suspended ? (pause.value ?? 'true') : null,
              ...(suspended || of.isOurs === undefined ? {} : { [olderIgnore]: null }),
            },
          },
        };
  return kube.patch(ref, 'merge', patch, { fieldManager });
}
