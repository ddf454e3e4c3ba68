/** Flags and environment of helm-operator (spec helm-operator §1.1, §1.2), parsed once into one value. */
import { isDriftMode } from './annotations.ts';
import type { DriftMode } from './annotations.ts';
import { Fault, flagUsage, parseFlags, parseListenAddress } from '../lib/runtime/mod.ts';
import type { CommandLine } from '../lib/runtime/mod.ts';
import { companionFlag, readCompanion, splitArguments } from '../toolkit/mod.ts';
import type { ToolkitConfig } from '../toolkit/mod.ts';

const tiller = 'Helm 2 is not supported; accepted and without effect';

export const flags = [
  { name: 'version', type: 'bool', default: false, help: 'print version and exit' },
  { name: 'log-format', type: 'string', default: 'fmt', help: 'change the log format (fmt, json)' },
  {
    name: 'kubeconfig',
    type: 'string',
    default: '',
    help: 'path to a kubeconfig; needed only outside a cluster',
  },
  {
    name: 'master',
    type: 'string',
    default: '',
    help: 'address of the Kubernetes API server; overrides the kubeconfig',
  },
  {
    name: 'allow-namespace',
    type: 'string',
    default: '',
    help: 'watch HelmReleases of this namespace only; all when empty',
  },
  { name: 'workers', type: 'int', default: 2, help: 'releases worked on at the same time' },
  {
    name: 'listen',
    short: 'l',
    type: 'string',
    default: ':3030',
    help: 'listen address of /healthz, /metrics and the sync API',
  },
  { name: 'tiller-ip', type: 'string', default: '', help: tiller, hidden: true },
  { name: 'tiller-port', type: 'string', default: '', help: tiller, hidden: true },
  {
    name: 'tiller-namespace',
    type: 'string',
    default: 'kube-system',
    help: 'namespace in which releases of Helm 2 are looked for',
  },
  { name: 'tiller-tls-verify', type: 'bool', default: false, help: tiller, hidden: true },
  { name: 'tiller-tls-enable', type: 'bool', default: false, help: tiller, hidden: true },
  {
    name: 'tiller-tls-key-path',
    type: 'string',
    default: '/etc/fluxd/helm/tls.key',
    help: tiller,
    hidden: true,
  },
  {
    name: 'tiller-tls-cert-path',
    type: 'string',
    default: '/etc/fluxd/helm/tls.crt',
    help: tiller,
    hidden: true,
  },
  { name: 'tiller-tls-ca-cert-path', type: 'string', default: '', help: tiller, hidden: true },
  { name: 'tiller-tls-hostname', type: 'string', default: '', help: tiller, hidden: true },
  { name: 'convert-tiller-out-cluster', type: 'bool', default: false, help: tiller, hidden: true },
  {
    name: 'convert-release-storage',
    type: 'string',
    default: 'secrets',
    help: tiller,
    hidden: true,
  },
  {
    name: 'charts-sync-interval',
    type: 'duration',
    default: 180_000,
    help: 'period on which each HelmRelease is looked at again',
  },
  {
    name: 'status-update-interval',
    type: 'duration',
    default: 10_000,
    help: 'period on which the status of releases is written',
  },
  {
    name: 'log-release-diffs',
    type: 'bool',
    default: false,
    help: 'log what differs when a release is upgraded; what comes from Secrets, or is named like one, is masked',
  },
  {
    name: 'update-chart-deps',
    type: 'bool',
    default: true,
    help: 'update the dependencies of charts from Git',
  },
  { name: 'git-timeout', type: 'duration', default: 20_000, help: 'limit of each git operation' },
  {
    name: 'git-poll-interval',
    type: 'duration',
    default: 300_000,
    help: 'period on which chart repositories in Git are fetched',
  },
  {
    name: 'git-default-ref',
    type: 'string',
    default: 'master',
    help: 'ref of charts from Git that name none',
  },
  {
    name: 'helm-repository-import',
    type: 'list',
    default: [],
    help: 'repositories.yaml files to import, as version:path',
  },
  {
    name: 'enabled-helm-versions',
    type: 'list',
    default: ['v2', 'v3'],
    help: 'Helm versions to serve; only v3 is',
    env: 'HELM_VERSION',
  },
  {
    name: 'leader-elect',
    type: 'bool',
    default: false,
    help: 'with several replicas, let one work and the others stand by, by Lease',
  },
  {
    name: 'leader-elect-namespace',
    type: 'string',
    default: '',
    help: "namespace of the Leases; the operator's own when empty",
  },
  {
    name: 'shards',
    type: 'int',
    default: 1,
    help: 'with --leader-elect, spread HelmReleases over replicas in so many shards',
  },
  {
    name: 'default-service-account',
    type: 'string',
    default: '',
    help: "service account, in the namespace of each HelmRelease, whose rights its work is done with; the operator's own rights when empty",
  },
  {
    name: 'no-cross-namespace-refs',
    type: 'bool',
    default: false,
    help: 'refuse values and credentials from other namespaces than that of the HelmRelease',
  },
  {
    name: 'drift-detection',
    type: 'string',
    default: 'report',
    help: 'what to do about objects of a release that others have changed: off, report or correct',
  },
  {
    name: 'finalizer',
    type: 'bool',
    default: false,
    help: 'let HelmReleases end only when their release is uninstalled, even when the operator was away',
  },
  {
    name: 'uninstall-on-crd-deletion',
    type: 'bool',
    default: false,
    help: 'uninstall every release when the CustomResourceDefinition of HelmReleases is deleted',
  },
  companionFlag,
] as const;

export interface Config {
  logFormat: string;
  kubeconfig: string;
  master: string;
  allowNamespace: string | undefined;
  workers: number;
  listen: { host: string | undefined; port: number };
  chartsSyncIntervalMs: number;
  statusUpdateIntervalMs: number;
  logReleaseDiffs: boolean;
  updateChartDeps: boolean;
  gitTimeoutMs: number;
  gitPollIntervalMs: number;
  gitDefaultRef: string;
  repositoryImports: readonly string[];
  leaderElect: boolean;
  /** '' for the operator's own. */
  leaderElectNamespace: string;
  shards: number;
  /** '' for the operator's own rights. */
  defaultServiceAccount: string;
  crossNamespaceRefs: boolean;
  driftDetection: DriftMode;
  finalizer: boolean;
  uninstallWithCrd: boolean;
  /** Where Helm 2 keeps its records. */
  tillerNamespace: string;
  /** Of the toolkit that runs in this process; `undefined` for none. */
  toolkit: ToolkitConfig | undefined;
  /** Said once at start. */
  complaints: readonly string[];
}

/** @throws Fault `Help`, `BadFlag`, `UnsupportedHelmVersion` */
export function readCommandLine(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): CommandLine<Config> {
  const { own, rest } = splitArguments(argv);
  const { values, given } = parseFlags(flags, rest, { env });
  if (values.version) return { ask: 'version' };
  return {
    ask: 'run',
    config: {
      logFormat: values['log-format'],
      kubeconfig: values.kubeconfig,
      master: values.master,
      allowNamespace: values['allow-namespace'] === '' ? undefined : values['allow-namespace'],
      workers: Math.max(1, values.workers),
      listen: listenAddress(values.listen),
      chartsSyncIntervalMs: values['charts-sync-interval'],
      statusUpdateIntervalMs: values['status-update-interval'],
      logReleaseDiffs: values['log-release-diffs'],
      updateChartDeps: values['update-chart-deps'],
      gitTimeoutMs: values['git-timeout'],
      gitPollIntervalMs: values['git-poll-interval'],
      gitDefaultRef: values['git-default-ref'],
      repositoryImports: values['helm-repository-import'],
      leaderElect: values['leader-elect'],
      leaderElectNamespace: values['leader-elect-namespace'],
      shards: Math.max(1, values.shards),
      defaultServiceAccount: values['default-service-account'],
      crossNamespaceRefs: !values['no-cross-namespace-refs'],
      driftDetection: driftMode(values['drift-detection']),
      finalizer: values.finalizer,
      uninstallWithCrd: values['uninstall-on-crd-deletion'],
      tillerNamespace: values['tiller-namespace'],
      toolkit: readCompanion(values.toolkit, own, env, {
        isConfined: values['allow-namespace'] !== '',
        leaderElection: values['leader-elect'],
        defaultServiceAccount: values['default-service-account'],
        crossNamespaceRefs: !values['no-cross-namespace-refs'],
      }),
      complaints: helmVersionComplaints(
        values['enabled-helm-versions'],
        given.has('enabled-helm-versions'),
      ),
    },
  };
}

export function helpText(): string {
  return `DESCRIPTION\n  helm-operator releases Helm charts.\n\nFLAGS\n${flagUsage(flags)}`;
}

/** Helm 2 is refused where it was asked for; the default of both versions means version 3. */
function helmVersionComplaints(versions: readonly string[], asked: boolean): string[] {
  const unknown = versions.filter((version) => version !== 'v2' && version !== 'v3');
  const complaints = unknown.map((version) => `unsupported Helm version: ${version}`);
  const refusal =
    'Helm v2 is not supported by this operator; convert releases with the helm 2to3 plugin (helm 2to3 convert RELEASE)';
  if (!versions.includes('v3')) {
    throw new Fault(
      'UnsupportedHelmVersion',
      'stall',
      versions.join(','),
      [...complaints, refusal].join('; '),
    );
  }
  return asked && versions.includes('v2') ? [...complaints, refusal] : complaints;
}

function driftMode(text: string): DriftMode {
  if (isDriftMode(text)) return text;
  throw new Fault(
    'BadFlag',
    'stall',
    '--drift-detection',
    `invalid argument ${JSON.stringify(text)} for "--drift-detection" flag: off, report or correct is expected`,
  );
}

function listenAddress(text: string): Config['listen'] {
  const address = parseListenAddress(text);
  if (address !== undefined) return address;
  throw new Fault(
    'BadFlag',
    'stall',
    '--listen',
    `invalid argument ${JSON.stringify(text)} for "--listen" flag: address:port is expected`,
  );
}
