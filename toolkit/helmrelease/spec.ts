/** A HelmRelease as its versions say it, with the defaults of the original (spec §3.1, §3.2). Pure. */
import type { ServerSideApply } from '../../lib/helm/action/mod.ts';
import type { PostRenderStrategy } from '../../lib/helm/chart/mod.ts';
import type { Draft, FeatureGates, Fields, TargetRule } from '../runtime/mod.ts';
import { shortenName } from './names.ts';

export interface ActionSpec {
  timeoutMs: number;
  /** As it is printed: `5m0s`. */
  wait: boolean;
  waitForJobs: boolean;
  disableHooks: boolean;
}

export interface Remediation {
  /** Below zero: without end. */
  retries: number;
  ignoreTestFailures: boolean;
  remediateLastFailure: boolean;
  strategy: 'rollback' | 'uninstall';
}

/** Try again after a time, never remediate. */
export interface Retry {
  intervalMs: number;
}

export interface ReleaseActionSpec extends ActionSpec {
  remediation: Remediation;
  retry: Retry | undefined;
  disableOpenApiValidation: boolean;
  disableSchemaValidation: boolean;
  takeOwnership: boolean;
  /** `getHostByName` asks the name servers. */
  enableDns: boolean;
  crds: 'Skip' | 'Create' | 'CreateReplace';
}

export interface ValuesReference {
  kind: string;
  name: string;
  key: string;
  targetPath: string;
  optional: boolean;
  literal: boolean;
}

export interface HelmReleaseSpec {
  namespace: string;
  name: string;
  /** As Helm gets it. */
  releaseName: string;
  releaseNamespace: string;
  storageNamespace: string;
  hasTargetNamespace: boolean;
  chart: Fields | undefined;
  chartRef: { kind: string; namespace: string; name: string } | undefined;
  intervalMs: number;
  timeoutMs: number;
  maxHistory: number;
  serviceAccountName: string;
  kubeConfig: Fields | undefined;
  /** With '' for an expression that is not given. */
  dependsOn: { namespace: string; name: string; readyExpr: string }[];
  values: Readonly<Record<string, unknown>>;
  valuesFrom: ValuesReference[];
  commonMetadata:
    { labels: Record<string, string>; annotations: Record<string, string> } | undefined;
  /** The `kustomize` of each. */
  postRenderers: Fields[];
  postRenderStrategy: PostRenderStrategy;
  /** What objects say of themselves, or what Helm 3 knows of them. */
  waitStrategy: 'poller' | 'legacy';
  driftDetection: { mode: 'enabled' | 'warn' | 'disabled'; ignore: TargetRule[] };
  install: ReleaseActionSpec & {
    replace: boolean;
    createNamespace: boolean;
    /** Not given: by patches, without a note of it. */
    serverSideApply: boolean | undefined;
  };
  upgrade: ReleaseActionSpec & {
    force: boolean;
    serverSideApply: ServerSideApply;
    preserveValues: boolean;
    cleanupOnFail: boolean;
    inPlaceChartName: boolean;
  };
  test: {
    enable: boolean;
    timeoutMs: number;
    ignoreFailures: boolean;
    filters: { name: string; exclude: boolean }[];
  };
  rollback: ActionSpec & {
    force: boolean;
    serverSideApply: ServerSideApply;
    cleanupOnFail: boolean;
  };
  uninstall: {
    timeoutMs: number;
    disableHooks: boolean;
    keepHistory: boolean;
    wait: boolean;
    cascade: 'background' | 'foreground' | 'orphan';
  };
}

const defaultTimeoutMs = 300_000;
const defaultRetryMs = 300_000;

export function readSpec(
  { spec, namespace, name, object }: Draft,
  {
    UseHelm3Defaults: asHelm3,
    DefaultToRetryOnFailure: retriesByDefault,
    AllowDNSLookups: enableDns,
  }: Pick<FeatureGates, 'UseHelm3Defaults' | 'DefaultToRetryOnFailure' | 'AllowDNSLookups'>,
): HelmReleaseSpec {
  const target = spec.text('targetNamespace');
  const timeoutMs = spec.durationMs('timeout') ?? defaultTimeoutMs;
  const [install, upgrade] = [spec.at('install'), spec.at('upgrade')];
  const [test, rollback] = [spec.at('test'), spec.at('rollback')];
  const uninstall = spec.at('uninstall');
  const ignoreTestFailures = test.flag('ignoreFailures') ?? false;
  const action = (fields: Fields): ActionSpec => ({
    timeoutMs: fields.durationMs('timeout') ?? timeoutMs,
    wait: fields.flag('disableWait') !== true,
    waitForJobs: fields.flag('disableWaitForJobs') !== true,
    disableHooks: fields.flag('disableHooks') ?? false,
  });
  const releaseAction = (fields: Fields, lastByDefault: (retries: number) => boolean) => ({
    ...action(fields),
    remediation: readRemediation(fields.at('remediation'), ignoreTestFailures, lastByDefault),
    retry: fields.has('strategy')
      ? readRetry(fields.at('strategy'))
      : retriesByDefault
        ? { intervalMs: defaultRetryMs }
        : undefined,
    enableDns,
    disableOpenApiValidation: fields.flag('disableOpenAPIValidation') ?? false,
    disableSchemaValidation: fields.flag('disableSchemaValidation') ?? false,
    takeOwnership: fields.flag('disableTakeOwnership') !== true,
    crds: readCrds(fields),
  });
  const chartRef = spec.at('chartRef');
  const common = spec.at('commonMetadata');
  return {
    namespace,
    name,
    releaseName: shortenName(
      spec.text('releaseName') ?? (target === undefined ? name : `${target}-${name}`),
    ),
    releaseNamespace: target ?? namespace,
    storageNamespace: spec.text('storageNamespace') ?? namespace,
    hasTargetNamespace: target !== undefined,
    chart: spec.has('chart') ? spec.at('chart') : undefined,
    chartRef: spec.has('chartRef')
      ? {
          kind: chartRef.text('kind') ?? '',
          namespace: chartRef.text('namespace') ?? namespace,
          name: chartRef.text('name') ?? '',
        }
      : undefined,
    intervalMs: spec.durationMs('interval') ?? 60_000,
    timeoutMs,
    maxHistory: spec.count('maxHistory') ?? (isOldest(object.metadata.managedFields) ? 10 : 5),
    serviceAccountName: spec.text('serviceAccountName') ?? '',
    kubeConfig: spec.has('kubeConfig') ? spec.at('kubeConfig') : undefined,
    dependsOn: spec.each('dependsOn').map((each) => ({
      namespace: each.text('namespace') ?? namespace,
      name: each.text('name') ?? '',
      readyExpr: each.text('readyExpr') ?? '',
    })),
    values: spec.at('values').value,
    valuesFrom: spec.each('valuesFrom').map((each) => ({
      kind: each.text('kind') ?? '',
      name: each.text('name') ?? '',
      key: each.text('valuesKey') ?? 'values.yaml',
      targetPath: each.text('targetPath') ?? '',
      optional: each.flag('optional') ?? false,
      literal: each.flag('literal') ?? false,
    })),
    commonMetadata: spec.has('commonMetadata')
      ? { labels: common.textMap('labels'), annotations: common.textMap('annotations') }
      : undefined,
    postRenderers: spec
      .each('postRenderers')
      .filter((each) => each.has('kustomize'))
      .map((each) => each.at('kustomize')),
    postRenderStrategy: readStrategy(spec.text('postRenderStrategy'), asHelm3),
    waitStrategy: readWaitStrategy(spec.at('waitStrategy').text('name'), asHelm3),
    driftDetection: {
      mode: readMode(spec.at('driftDetection').text('mode')),
      ignore: spec
        .at('driftDetection')
        .each('ignore')
        .map((rule) => ({
          paths: rule.list('paths').filter((path) => typeof path === 'string'),
          target: rule.has('target') ? rule.at('target') : undefined,
        })),
    },
    install: {
      ...releaseAction(install, () => false),
      replace: install.flag('replace') ?? false,
      serverSideApply: install.flag('serverSideApply'),
      createNamespace: target !== undefined && (install.flag('createNamespace') ?? false),
    },
    upgrade: {
      ...releaseAction(upgrade, (retries) => retries > 0),
      force: upgrade.flag('force') ?? false,
      serverSideApply: readServerSideApply(upgrade.text('serverSideApply')),
      preserveValues: upgrade.flag('preserveValues') ?? false,
      cleanupOnFail: upgrade.flag('cleanupOnFail') ?? false,
      inPlaceChartName: upgrade.text('chartNameChangeStrategy') === 'InPlaceUpdate',
    },
    test: {
      enable: test.flag('enable') ?? false,
      timeoutMs: test.durationMs('timeout') ?? timeoutMs,
      ignoreFailures: ignoreTestFailures,
      filters: test.each('filters').map((filter) => ({
        name: filter.text('name') ?? '',
        exclude: filter.flag('exclude') ?? false,
      })),
    },
    rollback: {
      ...action(rollback),
      force: rollback.flag('force') ?? false,
      serverSideApply: readServerSideApply(rollback.text('serverSideApply')),
      cleanupOnFail: rollback.flag('cleanupOnFail') ?? false,
    },
    uninstall: {
      timeoutMs: uninstall.durationMs('timeout') ?? timeoutMs,
      disableHooks: uninstall.flag('disableHooks') ?? false,
      keepHistory: uninstall.flag('keepHistory') ?? false,
      wait: uninstall.flag('disableWait') !== true,
      cascade: readCascade(uninstall.text('deletionPropagation')),
    },
  };
}

function readRemediation(
  fields: Fields,
  ignoreTestFailures: boolean,
  lastByDefault: (retries: number) => boolean,
): Remediation {
  const retries = fields.count('retries') ?? 0;
  return {
    retries,
    ignoreTestFailures: fields.flag('ignoreTestFailures') ?? ignoreTestFailures,
    remediateLastFailure: fields.flag('remediateLastFailure') ?? lastByDefault(retries),
    strategy: fields.text('strategy') === 'uninstall' ? 'uninstall' : 'rollback',
  };
}

function readRetry(strategy: Fields): Retry | undefined {
  if (strategy.text('name') !== 'RetryOnFailure') return undefined;
  return { intervalMs: strategy.durationMs('retryInterval') ?? defaultRetryMs };
}

function readCrds(fields: Fields): ReleaseActionSpec['crds'] {
  const policy = fields.text('crds');
  if (policy === 'Skip' || policy === 'CreateReplace') return policy;
  return policy === undefined && fields.flag('skipCRDs') === true ? 'Skip' : 'Create';
}

const readStrategy = (text: string | undefined, asHelm3: boolean): PostRenderStrategy => {
  if (text === 'combined' || text === 'separate' || text === 'nohooks') return text;
  return asHelm3 ? 'nohooks' : 'combined';
};

const readServerSideApply = (text: string | undefined): ServerSideApply =>
  text === 'enabled' ? true : text === 'disabled' ? false : 'auto';

const readWaitStrategy = (text: string | undefined, asHelm3: boolean): 'poller' | 'legacy' => {
  if (text === 'poller' || text === 'legacy') return text;
  return asHelm3 ? 'legacy' : 'poller';
};

const readMode = (text: string | undefined) =>
  text === 'enabled' || text === 'warn' ? text : 'disabled';

const readCascade = (text: string | undefined) =>
  text === 'foreground' || text === 'orphan' ? text : 'background';

/** The object was written as v2beta1 and never as anything newer: there, ten revisions are kept. */
function isOldest(managers: readonly { apiVersion?: string; fieldsV1?: object }[] | undefined) {
  const writers = (managers ?? []).filter(
    ({ fieldsV1 }) => fieldsV1 !== undefined && 'f:spec' in fieldsV1,
  );
  return (
    writers.length > 0 &&
    writers.every(({ apiVersion }) => apiVersion === 'helm.toolkit.fluxcd.io/v2beta1')
  );
}
