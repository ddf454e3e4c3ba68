/** Image policies: which tag is newest by `glob:`, `semver:`, `regexp:`. Pure. */
export { parseConstraint, satisfies } from './constraint.ts';
export type { Constraint } from './constraint.ts';
export { PolicyError } from './errors.ts';
export type { PolicyReason } from './errors.ts';
export {
  canonicalName,
  canonicalNameString,
  formatImageName,
  formatImageRef,
  parseImageRef,
  withTag,
} from './image-ref.ts';
export type { ImageName, ImageRef } from './image-ref.ts';
export { filterAndSort, globMatcher, parsePattern, patternAll } from './pattern.ts';
export type { Candidate, Pattern } from './pattern.ts';
export { compareVersions, formatVersion, parseVersion } from './version.ts';
export type { Version } from './version.ts';
