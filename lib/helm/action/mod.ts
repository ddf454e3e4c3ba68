/** What can be done with a release. */
export { createEngineWith, createHelmEngine } from './create-engine.ts';
export { mendObject, objectDrift, releaseObjects } from './drift.ts';
export type { DriftedObject } from './drift.ts';
export type {
  CreateHelmEngine,
  EngineDependencies,
  HelmEngine,
  InstallOptions,
  ReleaseTarget,
  RollbackOptions,
  TestOptions,
  UninstallOptions,
  UpgradeOptions,
} from './engine.ts';
export { hostCapabilities } from './host-capabilities.ts';
export { chartRenderer } from './renderer.ts';
export { forgetRevision } from './upkeep.ts';
