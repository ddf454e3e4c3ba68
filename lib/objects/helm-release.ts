/** The `helm.fluxcd.io/v1` HelmRelease (spec helm-operator §2). */
import type { Condition, KubeObject, ObjectMeta } from './object.ts';

export const helmReleaseApiVersion = 'helm.fluxcd.io/v1';

export interface LocalKeyRef {
  name: string;
  namespace?: string;
  key?: string;
  optional?: boolean;
}

export interface ValuesFromSource {
  configMapKeyRef?: LocalKeyRef;
  secretKeyRef?: LocalKeyRef;
  externalSourceRef?: { url: string; optional?: boolean };
  chartFileRef?: { path: string; optional?: boolean };
}

export interface HelmReleaseChart {
  git?: string;
  ref?: string;
  path?: string;
  secretRef?: { name: string; namespace?: string };
  skipDepUpdate?: boolean;
  repository?: string;
  name?: string;
  version?: string;
  chartPullSecret?: { name: string };
}

export interface HelmReleaseSpec {
  helmVersion?: 'v2' | 'v3';
  chart: HelmReleaseChart;
  releaseName?: string;
  maxHistory?: number;
  valueFileSecrets?: { name: string }[];
  valuesFrom?: ValuesFromSource[];
  values?: Record<string, unknown>;
  targetNamespace?: string;
  /** Seconds. */
  timeout?: number;
  resetValues?: boolean;
  skipCRDs?: boolean;
  wait?: boolean;
  forceUpgrade?: boolean;
  rollback?: {
    enable?: boolean;
    retry?: boolean;
    maxRetries?: number;
    force?: boolean;
    recreate?: boolean;
    disableHooks?: boolean;
    timeout?: number;
    wait?: boolean;
  };
  test?: { enable?: boolean; ignoreFailures?: boolean; timeout?: number; cleanup?: boolean };
  disableOpenAPIValidation?: boolean;
}

export const helmReleasePhases = [
  'ChartFetched',
  'ChartFetchFailed',
  'Installing',
  'Upgrading',
  'Deployed',
  'DeployFailed',
  'Testing',
  'TestFailed',
  'Tested',
  'Succeeded',
  'Failed',
  'RollingBack',
  'RolledBack',
  'RollbackFailed',
] as const;

export type HelmReleasePhase = (typeof helmReleasePhases)[number];

export interface HelmReleaseStatus {
  observedGeneration?: number;
  phase?: HelmReleasePhase;
  releaseName?: string;
  releaseStatus?: string;
  revision?: string;
  lastAttemptedRevision?: string;
  rollbackCount?: number;
  conditions?: Condition[];
}

export interface HelmRelease extends KubeObject {
  metadata: ObjectMeta & { name: string; namespace: string };
  spec: HelmReleaseSpec;
  status?: HelmReleaseStatus;
}

/** `spec.releaseName`, or the generated name (spec helm-operator §3). */
export function releaseNameOf(hr: HelmRelease): string {
  if (hr.spec.releaseName) return hr.spec.releaseName;
  const { namespace, name } = hr.metadata;
  const target = targetNamespaceOf(hr);
  return target === namespace ? `${namespace}-${name}` : `${namespace}-${target}-${name}`;
}

/** Where the release and Helm's storage live. */
export function targetNamespaceOf(hr: HelmRelease): string {
  return hr.spec.targetNamespace || hr.metadata.namespace || 'default';
}
