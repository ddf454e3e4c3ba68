/** Where the chart of a HelmRelease comes from: what `chartRef` names, and whether it has one. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { readArtifact } from '../artifacts/mod.ts';
import type { Artifact } from '../artifacts/mod.ts';
import { conditionsOf, Fields } from '../runtime/mod.ts';
import type { Collection, FeatureGates } from '../runtime/mod.ts';
import { allow } from './chart-template.ts';
import { ReleaseError } from './errors.ts';
import type { HelmReleaseSpec } from './spec.ts';

const externalKind = 'ExternalArtifact';

/** Kinds that `chartRef` may name. */
export const sourceKinds = ({ ExternalArtifact: isOn }: FeatureGates): string[] => [
  'HelmChart',
  'OCIRepository',
  ...(isOn ? [externalKind] : []),
];

/** What `chartRef` names. @throws ReleaseError `AccessDenied`; Error when there is no such object */
export function sourceOf(
  parts: Parameters<typeof allow>[4] & { chartSources: ReadonlyMap<string, Collection> },
  spec: HelmReleaseSpec,
): KubeObject {
  const { chartRef } = spec;
  if (chartRef === undefined) throw new Error('there is no HelmChart');
  const { kind: of, namespace, name } = chartRef;
  allow(spec, of, namespace, name, parts);
  const collection = parts.chartSources.get(of);
  if (collection === undefined) {
    const key = `${namespace}/${name}`;
    const message = `can't access '${of}/${key}', ${of} feature gate is disabled`;
    throw new ReleaseError('AccessDenied', key, message);
  }
  const found = collection.get(`${namespace}/${name}`);
  if (found !== undefined) return found;
  throw new Error(`${of}.source.toolkit.fluxcd.io "${name}" not found`);
}

export function sourceProblem(
  source: KubeObject,
  artifact: Artifact | undefined,
): string | undefined {
  const { generation, namespace = '', name = '' } = source.metadata;
  const conditions = conditionsOf(source);
  const status = new Fields(source['status']);
  const about = `${source.kind} '${namespace}/${name}' is not ready: `;
  // Of those that others write nothing else is known.
  const isOurs = source.kind !== externalKind;
  if (isOurs && status.count('observedGeneration') !== generation) {
    const message = conditions.isFalse('Ready') ? conditions.get('Ready')?.message : undefined;
    return about + (message ?? 'latest generation of object has not been reconciled');
  }
  if (isOurs && conditions.isTrue('Stalled'))
    return about + (conditions.get('Stalled')?.message ?? '');
  return artifact === undefined ? `${about}does not have an artifact` : undefined;
}

/** Another chart, or another reason why there is none; one that goes away is of no more use. */
export function isOtherChart(now: KubeObject, before: KubeObject | undefined): boolean {
  if (now.metadata.deletionTimestamp !== undefined) return false;
  if (before === undefined) return true;
  const of = (object: KubeObject) => {
    const status = new Fields(object['status']);
    const artifact = readArtifact(status.value['artifact']);
    const conditions = conditionsOf(object);
    return [
      artifact?.digest,
      artifact?.revision,
      status.count('observedGeneration') === object.metadata.generation,
      conditions.get('Stalled')?.message,
    ].join(' ');
  };
  return of(now) !== of(before);
}
