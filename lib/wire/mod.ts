/** What fluxctl and fluxd say to each other: paths, request and response shapes. Pure. */
export { checksumAnnotation, markLabel, markOf, syncSetName } from './mark.ts';
export { parseChangeNotice } from './notify.ts';
export type { ChangeNotice } from './notify.ts';
export { apiBase, apiPaths } from './paths.ts';
export type { ApiErrorBody } from './paths.ts';
export {
  goJson,
  goTime,
  shapeContainer,
  shapeControllerStatus,
  shapeImageStatus,
} from './shape.ts';
export type {
  ControllerStatus,
  GitConfig,
  ImageStatus,
  JobStatus,
  PublicKey,
  ReadOnlyReason,
  RolloutStatus,
  WireContainer,
  WireImage,
} from './status.ts';
export { parseNote, parseUpdateSpec } from './update.ts';
export type {
  AutomatedSpec,
  Cause,
  CommitNote,
  ContainerUpdate,
  PolicyUpdate,
  ReleaseContainersSpec,
  ReleaseImageSpec,
  UpdateResult,
  UpdateSpec,
  UpdateStatus,
  WorkloadResult,
} from './update.ts';
