/** Multi-document YAML manifests: reading objects, and changing single values byte for byte. Pure. */
export { adviceOn, editDistance, nearest } from './advice.ts';
export { chartFolders } from './chart-folders.ts';
export { containersOf, isWorkload, valueAt } from './containers.ts';
export type { Container, ObjectPath, ScalarEdit } from './containers.ts';
export { ManifestError } from './errors.ts';
export type { ManifestReason } from './errors.ts';
export { readDocuments } from './go-yaml.ts';
export { canonicalJson, loadManifests } from './load.ts';
export type { LoadedObject, LoadResult } from './load.ts';
export { applySetters } from './setters.ts';
export type { SetterChange, SetterObject } from './setters.ts';
export { applyPatchTo } from './strategic-merge.ts';
export { annotationKey, annotationKeys } from './policies.ts';
export { filterOf, hasPolicy, policiesOf } from './policies.ts';
export type { Policies } from './policies.ts';
export { updateImage, updatePolicies } from './update.ts';
export type { PolicyChange, WorkloadAddress } from './update.ts';
