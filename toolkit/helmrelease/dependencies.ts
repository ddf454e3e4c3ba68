/** Other HelmReleases that have to be ready first. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { unreadyBy } from '../health/mod.ts';
import { conditionsOf, Fields } from '../runtime/mod.ts';
import type { Collection } from '../runtime/mod.ts';
import type { HelmReleaseSpec } from './spec.ts';

/**
 * What a HelmRelease still waits for; nothing when all is ready.
 *
 * @param self the HelmRelease itself, for expressions
 * @param isAdditive expressions count beside the ready condition, not instead of it
 * @throws Fault `InvalidCELExpression`
 */
export function dependencyProblem(
  all: Collection,
  self: KubeObject,
  { dependsOn }: Pick<HelmReleaseSpec, 'dependsOn'>,
  isAdditive: boolean,
): string | undefined {
  for (const { namespace, name, readyExpr } of dependsOn) {
    const key = `${namespace}/${name}`;
    const dep = all.get(key);
    if (dep === undefined) {
      return `unable to get '${key}' dependency: helmreleases.helm.toolkit.fluxcd.io "${name}" not found`;
    }
    const problem = readyExpr === '' ? undefined : unreadyBy(readyExpr, { self, dep });
    if (problem !== undefined) return problem;
    if (readyExpr !== '' && !isAdditive) continue;
    if (!isReady(dep)) return `dependency '${key}' is not ready`;
  }
  return undefined;
}

export function isReady(object: KubeObject): boolean {
  const observed = new Fields(object['status']).count('observedGeneration');
  return observed === object.metadata.generation && conditionsOf(object).isTrue('Ready');
}

export function isWaiting(object: KubeObject | undefined): boolean {
  return object !== undefined && conditionsOf(object).hasReason('Ready', 'DependencyNotReady');
}

/** `namespace/name` of those that expressions are about. */
export function* askedByExpression({ metadata, spec }: KubeObject): Iterable<string> {
  for (const each of new Fields(spec).each('dependsOn')) {
    if (!each.has('readyExpr')) continue;
    yield `${each.text('namespace') ?? metadata.namespace ?? ''}/${each.text('name') ?? ''}`;
  }
}
