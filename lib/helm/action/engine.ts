/** The engine's verbs, as the operator and the command line see them. */
import type { KubeClient } from '../../kube/mod.ts';
import type { Clock } from '../../runtime/mod.ts';
import type { Chart, ObjectPostRenderer, Warn } from '../chart/mod.ts';
import type { Release, ReleaseStatus } from '../storage/mod.ts';
import type { GoMap } from '../values/mod.ts';
import type { ReleaseObject } from './objects.ts';
import type { ServerSideApply } from './server-side.ts';

export interface EngineDependencies {
  kube: KubeClient;
  clock: Clock;
  /** Progress lines, worded as Helm words its debug log (`creating 2 resource(s)`). */
  log: (line: string) => void;
  /** Where releases are kept; default: Secrets. */
  driver?: StorageDriver;
  /** Gets the logs of hooks with `helm.sh/hook-output-log-policy`; default: they are not read. */
  hookOutput?: (text: string) => void;
  /** Told of values that do not fit together; default: nobody is. */
  warn?: Warn;
  /**
   * Take objects of stored manifests whose API version is no longer served for what they are in the versions that are;
   * default: fail at them, as Helm does.
   */
  servedApis?: boolean;
  /** Owner of fields that the server applies; default: `helm`. */
  applyManager?: string;
}

/** Helm's `HELM_DRIVER`. */
export type StorageDriver = 'secret' | 'configmap';

export interface ReleaseTarget {
  releaseName: string;
  /** Namespace of the release's objects and of its storage. */
  namespace: string;
  /** Namespace of the storage, when it is another. */
  storageNamespace?: string;
  /** Told of each revision as it was stored, changed or removed; it must not be altered. */
  onStored?: (release: Release) => void;
  /** Gets the progress lines of this one operation, instead of the engine's. */
  log?: (line: string) => void;
}

/** Waits until objects are ready, with Jobs until they have run; throws when they do not become so. */
export type AwaitReady = (
  objects: readonly ReleaseObject[],
  options: { timeoutMs: number; jobs: boolean },
) => Promise<void>;

export interface RunOptions {
  /** For each wait and hook, in milliseconds, default 300 000. */
  timeoutMs?: number;
  wait?: boolean;
  waitForJobs?: boolean;
  /** How it is waited for that objects become ready; default: as Helm 3 does it. */
  awaitReady?: AwaitReady;
  disableHooks?: boolean;
  description?: string;
  /** Put on every object, beside those of its manifest; they are not stored. */
  annotations?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
  /** Ends the wait for readiness, and with it the operation as a failed one; hooks and changes are not cut short. */
  stopWaiting?: AbortSignal;
}

/** What install and upgrade have in common beyond that. */
export interface RenderOptions {
  disableOpenApiValidation?: boolean;
  /** Values are not compared with the charts' schemas. */
  skipSchemaValidation?: boolean;
  /** `getHostByName` asks the name servers. */
  enableDns?: boolean;
  /** Notes of sub-charts too. */
  subNotes?: boolean;
  /** Changes the manifest before it is applied and stored; a post-renderer. */
  postRender?: (manifest: string) => Promise<string>;
  /** Changes objects, with those of hooks where it says so; as Helm 4 has it. */
  postRenderer?: ObjectPostRenderer;
  /** Leaves Secrets out of what a dry run returns. */
  hideSecret?: boolean;
  /** Labels of the stored release; with `null` an upgrade removes one. */
  labels?: Readonly<Record<string, string>>;
  /** Existing objects are taken over, whoever owns them. */
  takeOwnership?: boolean;
}

export interface InstallOptions extends ReleaseTarget, RunOptions, RenderOptions {
  chart: Chart;
  /** What the user gave; chart defaults come from the chart. */
  values: GoMap;
  skipCrds?: boolean;
  createNamespace?: boolean;
  /** Uninstall again when the install fails. */
  atomic?: boolean;
  /** Nothing is written; the release is returned as it would be. `server` may look objects up. */
  dryRun?: 'client' | 'server';
  /** Reuse the name of an uninstalled or failed release. */
  replace?: boolean;
  /** The caller has just seen that nothing is stored under the name. Who stores a first revision meanwhile is noticed all the same. */
  isUnused?: boolean;
  /** Objects that exist are replaced, not patched. */
  force?: boolean;
  /** Objects are applied by the server, as in Helm 4, over the fields of others; default: as Helm 3. */
  serverSideApply?: boolean;
}

export interface UpgradeOptions extends ReleaseTarget, RunOptions, RenderOptions {
  chart: Chart;
  values: GoMap;
  /** How the previous revision's values take part; `default` is Helm's (reset when values are given, else reuse). */
  previousValues?: 'default' | 'reset' | 'reuse' | 'reset-then-reuse';
  force?: boolean;
  atomic?: boolean;
  cleanupOnFail?: boolean;
  /** Take away what a newer revision that failed has left, too; Helm leaves it. */
  heedUndeployed?: boolean;
  /** Have the server read changed objects first, so that one it cannot read stores no revision. */
  checkObjects?: boolean;
  /** As of an install; `auto`: as the newest revision was. `force` has no effect then. */
  serverSideApply?: ServerSideApply;
  /** Revisions kept, 0 = all, default 10. */
  maxHistory?: number;
  dryRun?: 'client' | 'server';
}

export interface RollbackOptions extends ReleaseTarget, RunOptions {
  /** Nothing is written. */
  dryRun?: boolean;
  /** 0 = the one before the newest. */
  revision: number;
  /** As of an upgrade; `auto`: as the revision was that is gone back to. */
  serverSideApply?: ServerSideApply;
  force?: boolean;
  /**
   * Objects of the revision to go back to may still be there although the present one has none of them, because it
   * failed before it had taken them away. Helm fails at them.
   */
  heedUndeployed?: boolean;
  recreatePods?: boolean;
  cleanupOnFail?: boolean;
  maxHistory?: number;
}

export interface UninstallOptions extends ReleaseTarget, RunOptions {
  keepHistory?: boolean;
  cascade?: 'background' | 'foreground' | 'orphan';
  /** Nothing is written; the release is returned as it is stored. */
  dryRun?: boolean;
}

export interface TestOptions extends ReleaseTarget {
  timeoutMs?: number;
  /** Names of tests that run, and of tests that do not (`name=x`, `!name=x`). */
  only?: readonly string[];
  except?: readonly string[];
  signal?: AbortSignal;
}

/**
 * Helm 3 releases in one cluster.
 *
 * Faults are `HelmError` with Helm's message texts. Operations on one release must not overlap; the engine refuses
 * when the stored state says another is running.
 */
export interface HelmEngine {
  install(options: InstallOptions): Promise<Release>;
  upgrade(options: UpgradeOptions): Promise<Release>;
  rollback(options: RollbackOptions): Promise<Release>;
  /** `undefined` when history was purged; the release as stored when it is kept. */
  uninstall(options: UninstallOptions): Promise<{ release: Release; info: string }>;
  test(options: TestOptions): Promise<Release>;
  /** Oldest first; empty when there is no such release. An API error is thrown, never read as "none". */
  history(target: ReleaseTarget): Promise<Release[]>;
  /**
   * Newest revision, whatever its status.
   *
   * @param options.isLikelyNew an answer of none may be some moments old: installing then finds out, by `ReleaseExists`
   */
  latest(target: ReleaseTarget, options?: { isLikelyNew?: boolean }): Promise<Release | undefined>;
  get(target: ReleaseTarget & { revision: number }): Promise<Release | undefined>;
  /**
   * Newest revision of each release, by name; no namespace means all. Superseded revisions are never the newest: asked
   * for alone, all of them come.
   */
  list(options: { namespace?: string; statuses?: readonly ReleaseStatus[] }): Promise<Release[]>;
  /**
   * Newest revision's number and status of each release, from the labels of Helm's Secrets only (no release is
   * decoded).
   */
  listStatuses(options: {
    namespace?: string;
  }): Promise<{ namespace: string; name: string; revision: number; status: ReleaseStatus }[]>;
}

/** Implemented in this folder; see mod.ts. */
export type CreateHelmEngine = (dependencies: EngineDependencies) => HelmEngine;
