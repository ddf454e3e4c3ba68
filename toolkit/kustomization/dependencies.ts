/** Other Kustomizations that have to be ready first. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { Fault } from '../../lib/runtime/mod.ts';
import { readArtifact } from '../artifacts/mod.ts';
import type { Artifact } from '../artifacts/mod.ts';
import { unreadyBy } from '../health/mod.ts';
import { conditionsOf, Fields } from '../runtime/mod.ts';
import type { Collection } from '../runtime/mod.ts';
import { KustomizationError } from './errors.ts';
import type { Dependency, KustomizationSpec } from './spec.ts';

/**
 * @param self the Kustomization itself, for expressions
 * @param artifact of its source
 * @param isAdditive expressions count beside the ready condition, not instead of it
 * @throws KustomizationError `DependencyNotReady`, `InvalidCELExpression`
 */
export function checkDependencies(
  all: Collection,
  self: KubeObject,
  spec: KustomizationSpec,
  artifact: Artifact,
  isAdditive: boolean,
): void {
  const cycle = findCycle(all, `${spec.namespace}/${spec.name}`);
  if (cycle !== undefined) {
    throw notReady(`circular dependency: ${cycle.join(' -> ')}`);
  }
  for (const dependency of spec.dependsOn)
    checkOne(all, self, spec, artifact, dependency, isAdditive);
}

const notReady = (message: string) =>
  new KustomizationError('DependencyNotReady', 'dependsOn', message);

function checkOne(
  all: Collection,
  self: KubeObject,
  spec: KustomizationSpec,
  artifact: Artifact,
  { namespace, name, readyExpr }: Dependency,
  isAdditive: boolean,
): void {
  const key = `${namespace}/${name}`;
  const other = all.get(key);
  if (other === undefined) {
    throw notReady(
      `dependency '${key}' not found: kustomizations.kustomize.toolkit.fluxcd.io "${name}" not found`,
    );
  }
  if (readyExpr !== '') {
    checkExpression(readyExpr, self, other);
    if (!isAdditive) return;
  }
  const status = new Fields(other['status']);
  const isObserved = status.count('observedGeneration') === other.metadata.generation;
  if (!isObserved || !isReady(other)) throw notReady(`dependency '${key}' is not ready`);
  const source = new Fields(other['spec']).at('sourceRef');
  const isSameSource =
    source.text('kind') === spec.source.kind &&
    source.text('name') === spec.source.name &&
    (source.text('namespace') ?? namespace) === spec.source.namespace;
  if (isSameSource && status.text('lastAppliedRevision') !== artifact.revision)
    throw notReady(`dependency '${key}' revision is not up to date`);
}

function checkExpression(expression: string, self: KubeObject, dep: KubeObject): void {
  let problem;
  try {
    problem = unreadyBy(expression, { self, dep });
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    throw new KustomizationError('InvalidCELExpression', cause.subject, cause.message, { cause });
  }
  if (problem !== undefined) throw notReady(problem);
}

export const isReady = (object: KubeObject): boolean => conditionsOf(object).isTrue('Ready');

/** The way from an object back to itself, if there is one. */
function findCycle(all: Collection, start: string): string[] | undefined {
  const seen = new Set<string>();
  const follow = (key: string, way: readonly string[]): string[] | undefined => {
    for (const next of dependenciesOf(all.get(key))) {
      if (next === start) return [...way, next];
      if (seen.has(next)) continue;
      seen.add(next);
      const found = follow(next, [...way, next]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return follow(start, [start]);
}

export function dependenciesOf(object: KubeObject | undefined): string[] {
  if (object === undefined) return [];
  const { namespace = '' } = object.metadata;
  return new Fields(object['spec'])
    .each('dependsOn')
    .map((each) => `${each.text('namespace') ?? namespace}/${each.text('name') ?? ''}`);
}

/** What a source object has come to. */
export const artifactOf = (source: KubeObject): Artifact | undefined =>
  readArtifact(new Fields(source['status']).value['artifact']);
