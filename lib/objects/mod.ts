/** Kubernetes and Flux object shapes, declared once. Pure. */
export {
  claimOfV1,
  claimOfV2,
  formatOwner,
  handedOverTo,
  handoverKeys,
  heirOfV1,
  isSameRelease,
  rivalOfV1,
  rivalOfV2,
  takenOverFrom,
  v1Group,
  v2Group,
} from './handover.ts';
export type { ReleaseClaim, StoredRelease } from './handover.ts';
export {
  helmReleaseApiVersion,
  helmReleasePhases,
  releaseNameOf,
  targetNamespaceOf,
} from './helm-release.ts';
export type {
  HelmRelease,
  HelmReleaseChart,
  HelmReleasePhase,
  HelmReleaseSpec,
  HelmReleaseStatus,
  LocalKeyRef,
  ValuesFromSource,
} from './helm-release.ts';
export { parseLabelSelector } from './label-selector.ts';
export type { LabelSelector } from './label-selector.ts';
export { unitedManagers, writtenBy } from './managed-fields.ts';
export { mergeField, mergeFieldAt, mergeTypeOf } from './merge-metadata.ts';
export type { MergeField, PatchStrategy } from './merge-metadata.ts';
export { formatApiVersion, parseApiVersion } from './object.ts';
export type {
  Condition,
  KubeObject,
  ManagedFieldsEntry,
  ObjectMeta,
  OwnerReference,
  Status,
} from './object.ts';
export { shortenName } from './release-name.ts';
export {
  clusterScope,
  formatResourceId,
  parseResourceId,
  parseResourceIdIn,
  resourceId,
} from './resource-id.ts';
export type { ResourceId } from './resource-id.ts';
