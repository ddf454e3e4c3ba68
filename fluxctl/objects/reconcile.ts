/** `fluxctl reconcile`: a look at once, at the source first when that is wanted. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { VerbFailed } from '../errors.ts';
import { ask } from './ask.ts';
import type { Asking, Extras } from './ask.ts';
import { find } from './cluster.ts';
import type { Cluster, Found } from './cluster.ts';
import { isPaused, kinds } from './kinds.ts';
import type { FluxKind, SourceRef } from './kind.ts';
import { at } from './read.ts';
import type { Say } from './say.ts';

export interface ReconcileOptions extends Extras {
  withSource: boolean;
}

/** @throws VerbFailed with the Ready message when it came to nothing */
export async function reconcile(
  cluster: Cluster,
  asking: Asking,
  say: Say,
  of: readonly FluxKind[],
  name: string,
  options: ReconcileOptions,
): Promise<void> {
  const found = await find(cluster, of, name);
  const { kind, request, generation } = found.of;
  const object = await read(asking, found);
  if (generation === 1 && request.by === 'nothing')
    throw new VerbFailed(
      `${kind} ${name} is synced by fluxd, with the whole of its repository: use fluxctl sync`,
    );
  if (request.by === 'nothing' || found.of.isStatic(object)) {
    say.success('reconciliation not supported by the object');
    return;
  }
  if (isPaused(found.of, object)) throw new VerbFailed('resource is suspended');
  if ((options.force || options.reset) && !(kind === 'HelmRelease' && generation === 2))
    throw new VerbFailed('--force and --reset are for HelmReleases of helm.toolkit.fluxcd.io');
  // The older operator asks the source of a chart anew by itself.
  if (options.withSource && generation === 2) {
    const source = sourceToAsk(found.of, object);
    if (source === undefined) throw new VerbFailed(`${kind} ${name} has no source`);
    await reconcileSource(cluster, asking, say, source);
  }
  say.action(`annotating ${kind} ${name} in ${cluster.namespace} namespace`);
  const handled = await ask(asking, found, object, options);
  say.success(`${kind} annotated`);
  say.waiting(`waiting for ${kind} reconciliation`);
  say.success(found.of.success(await handled()));
}

/** A chart's own source goes before the chart. */
function reconcileSource(
  { kube }: Cluster,
  asking: Asking,
  say: Say,
  { kind, namespace, name }: SourceRef,
): Promise<void> {
  const of = kinds.filter((each) => each.kind === kind && each.family?.of === 'source');
  if (of.length === 0) throw new VerbFailed(`cannot reconcile source of kind ${kind}`);
  const withSource = kind === 'HelmChart';
  const options = { withSource, force: false, reset: false };
  return reconcile({ kube, namespace }, asking, say, of, name, options);
}

/** Of a release with a chart template, the HelmChart that is made of it. */
function sourceToAsk(of: FluxKind, object: KubeObject): SourceRef | undefined {
  const source = of.source(object);
  const { namespace = '', name = '' } = object.metadata;
  if (of.kind !== 'HelmRelease' || at(object, 'spec', 'chartRef') !== undefined) return source;
  return source === undefined
    ? undefined
    : { kind: 'HelmChart', namespace: source.namespace, name: `${namespace}-${name}` };
}

async function read({ kube }: Asking, { of, ref }: Found): Promise<KubeObject> {
  const object = await kube.get(ref);
  if (object === undefined) throw new VerbFailed(`${of.kind} ${ref.name} is gone`);
  return object;
}
