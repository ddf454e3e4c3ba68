/** What can be done with a release. */
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
