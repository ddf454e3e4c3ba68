/** What a HelmRelease asks of Helm, without working on it. */
import type { GoMap } from '../../lib/helm/values/mod.ts';
import type { KubeReader } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { defaultGates, readOnlyDraft } from '../runtime/mod.ts';
import type { FeatureGates } from '../runtime/mod.ts';
import { readSpec } from './spec.ts';
import type { HelmReleaseSpec } from './spec.ts';
import { composeValues } from './values.ts';

export interface WantedRelease {
  spec: HelmReleaseSpec;
  values: GoMap;
}

/** @throws ReleaseError `ValuesError` */
export async function wantedRelease(
  object: KubeObject,
  kube: KubeReader,
  gates: FeatureGates = defaultGates,
): Promise<WantedRelease> {
  const spec = readSpec(
    readOnlyDraft(object, () => new Date(0)),
    gates,
  );
  return { spec, values: await composeValues(kube, spec) };
}
