/** What can be done with a release. */
export { createEngineWith, createHelmEngine, storageDriver } from './create-engine.ts';
export { mendObject, objectDrift, releaseObjects } from './drift.ts';
export type { DriftedObject } from './drift.ts';
export type {
  AwaitReady,
  CreateHelmEngine,
  EngineDependencies,
  HelmEngine,
  InstallOptions,
  ReleaseTarget,
  RenderOptions,
  RollbackOptions,
  StorageDriver,
  TestOptions,
  UninstallOptions,
  UpgradeOptions,
} from './engine.ts';
export type { ReleaseObject } from './objects.ts';
export { hostCapabilities } from '../host/mod.ts';
export { chartRenderer } from './renderer.ts';
export { changesTo } from './unchanged.ts';
export type { Changes } from './unchanged.ts';
export { forgetRevision } from './upkeep.ts';
export type { ServerSideApply } from './server-side.ts';
export { threeWayPatch } from './strategic-patch.ts';
