/** Flags of the toolkit: those of the original controllers, parsed once into one value. */
import { Fault, flagUsage, parseFlags } from '../lib/runtime/mod.ts';
import { digestAlgorithms } from './artifacts/mod.ts';
import type { DigestAlgorithm } from './artifacts/mod.ts';
import { takeOriginalFlags } from './original-flags.ts';
import { defaultGates, readFeatureGates, readShard } from './runtime/mod.ts';
import type { FeatureGates } from './runtime/mod.ts';

export const flags = [
  { name: 'version', type: 'bool', default: false, help: 'print version and exit' },
  { name: 'log-format', type: 'string', default: 'json', help: 'format of the log (fmt, json)' },
  {
    name: 'kubeconfig',
    type: 'string',
    default: '',
    help: 'path to a kubeconfig; needed only outside a cluster',
  },
  {
    name: 'watch-all-namespaces',
    type: 'bool',
    default: true,
    help: 'serve objects of all namespaces, not only of the one it runs in',
  },
  {
    name: 'watch-label-selector',
    type: 'string',
    default: '',
    help: 'serve objects with these labels only, as sharding.fluxcd.io/key=shard1',
  },
  {
    name: 'concurrent',
    type: 'int',
    default: 16,
    help: 'objects of each kind worked on at the same time',
  },
  {
    name: 'min-retry-delay',
    type: 'duration',
    default: 750,
    help: 'pause after the first failure of an object',
  },
  {
    name: 'max-retry-delay',
    type: 'duration',
    default: 900_000,
    help: 'longest pause after failures of an object',
  },
  {
    name: 'requeue-dependency',
    type: 'duration',
    default: 30_000,
    help: 'how soon something is asked for again that is not there yet',
  },
  {
    name: 'interval-jitter-percentage',
    type: 'int',
    default: 5,
    help: 'how far intervals are stretched or shortened, 0 to 100',
  },
  {
    name: 'no-cross-namespace-refs',
    type: 'bool',
    default: false,
    help: 'refuse sources of other namespaces',
  },
  {
    name: 'default-service-account',
    type: 'string',
    default: '',
    help: 'whose rights HelmReleases use that name no service account',
  },
  {
    name: 'default-decryption-service-account',
    type: 'string',
    default: '',
    help: 'whose identity in clouds decrypts for Kustomizations that name no service account for it',
  },
  {
    name: 'default-kubeconfig-service-account',
    type: 'string',
    default: '',
    help: 'whose token clusters are reached with that name no service account for it',
  },
  {
    name: 'events-addr',
    type: 'string',
    default: '',
    help: 'address that events are posted to instead of being sent by the Alerts served here',
  },
  {
    name: 'events-listen-addr',
    type: 'string',
    default: ':9091',
    help: 'listen address for events of other controllers',
  },
  {
    name: 'receiverAddr',
    type: 'string',
    default: ':9292',
    help: 'listen address for webhooks of Receivers',
  },
  {
    name: 'rate-limit-interval',
    type: 'duration',
    default: 300_000,
    help: 'how long the same event is not sent again',
  },
  {
    name: 'metrics-addr',
    type: 'string',
    default: ':8080',
    help: 'listen address of /metrics, /healthz and /readyz',
  },
  {
    name: 'storage-path',
    type: 'string',
    default: '',
    env: 'STORAGE_PATH',
    help: 'folder of the artifacts; a temporary one when empty',
  },
  {
    name: 'storage-addr',
    type: 'string',
    default: ':9090',
    env: 'STORAGE_ADDR',
    help: 'listen address of the artifacts',
  },
  {
    name: 'storage-adv-addr',
    type: 'string',
    default: '',
    env: 'STORAGE_ADV_ADDR',
    help: 'address that artifacts are found at; the Service source-controller when empty',
  },
  {
    name: 'artifact-retention-ttl',
    type: 'duration',
    default: 60_000,
    help: 'how long an artifact is kept after it was replaced',
  },
  {
    name: 'artifact-retention-records',
    type: 'int',
    default: 2,
    help: 'how many replaced artifacts of an object are kept',
  },
  {
    name: 'artifact-digest-algo',
    type: 'string',
    default: 'sha256',
    help: 'algorithm of the digests of artifacts: sha256, sha384, sha512, blake3',
  },
  {
    name: 'helm-index-max-size',
    type: 'int',
    default: 50 * 1024 * 1024,
    help: 'largest index of a chart repository, in bytes',
  },
  {
    name: 'helm-chart-max-size',
    type: 'int',
    default: 10 * 1024 * 1024,
    help: 'largest chart, in bytes',
  },
  {
    name: 'http-retry',
    type: 'int',
    default: 9,
    help: 'how often an artifact is asked for again',
  },
  {
    name: 'strict-substitutions',
    type: 'bool',
    default: true,
    help: 'refuse variables of Kustomizations that are not set and have no default',
  },
  {
    name: 'sops-age-secret',
    type: 'string',
    default: '',
    help: 'Secret in its own namespace with age keys for Kustomizations whose decryption names none',
  },
  {
    name: 'sops-vault-configmap',
    type: 'string',
    default: '',
    help: 'ConfigMap in its own namespace with the Vaults that service accounts log in to for decryption',
  },
  {
    name: 'sops-mac',
    type: 'string',
    default: 'files',
    help: 'encrypted files whose MAC has to fit: none, files (of generators and patches), all (manifests too)',
  },
  {
    name: 'feature-gates',
    type: 'string',
    default: '',
    help: `NAME=true, with commas between them: ${Object.keys(defaultGates).join(', ')}`,
  },
  {
    name: 'no-remote-bases',
    type: 'bool',
    default: false,
    help: 'refuse files and repositories that kustomizations name by address',
  },
  {
    name: 'override-manager',
    type: 'array',
    default: [],
    help: 'field managers whose changes to what is applied are undone; may be repeated',
  },
  {
    name: 'custom-apply-stage-kinds',
    type: 'string',
    default: '',
    help: 'kinds that a Kustomization applies before the others: GROUP/KIND, with commas between them',
  },
  {
    name: 'enable-leader-election',
    type: 'bool',
    default: false,
    help: 'work only while holding the Lease reflux-toolkit',
  },
] as const;

export interface Address {
  host: string | undefined;
  port: number;
}

export interface Config {
  logFormat: string;
  kubeconfig: string;
  allNamespaces: boolean;
  /** Of the objects that are served; '' for all. */
  labelSelector: string;
  concurrent: number;
  minRetryMs: number;
  maxRetryMs: number;
  dependencyMs: number;
  /** 0 to 1. */
  jitter: number;
  crossNamespace: boolean;
  defaultServiceAccount: string;
  /** Needs the gate ObjectLevelWorkloadIdentity; '' for the process's own identity. */
  defaultDecryptionAccount: string;
  /** Whose token it is that clusters are reached with; '' for that of other defaults. */
  defaultKubeConfigAccount: string;
  eventsAddress: string;
  eventsListen: Address;
  receiverListen: Address;
  /** How long the same event is not sent again. */
  quietMs: number;
  metricsListen: Address;
  storagePath: string;
  storageListen: Address;
  storageAddress: string;
  keptMs: number;
  keptRecords: number;
  digestAlgorithm: DigestAlgorithm;
  limits: { index: number; chart: number };
  httpAttempts: number;
  leaderElection: boolean;
  strictSubstitutions: boolean;
  remoteBases: boolean;
  /** '' for none. */
  ageSecret: string;
  /** '' for none. */
  vaultConfigMap: string;
  /** Beginnings of names. */
  overriddenManagers: readonly string[];
  /** `Kind` or `group/Kind`. */
  stageKinds: ReadonlySet<string>;
  macCheck: 'none' | 'files' | 'all';
  gates: FeatureGates;
  /** What to say of flags that have no effect. */
  notes: readonly string[];
}

export type CommandLine =
  { ask: 'run'; config: Config } | { ask: 'help' | 'version' | 'crds' | 'stored crds' };

export const helpText = (): string =>
  `Usage:
  toolkit [flags]
  toolkit crds           print the CustomResourceDefinitions
  toolkit crds stored    the same without older versions, for clusters where nothing uses them

Flags:
${flagUsage(flags)}`;

/** @throws Fault `BadFlag` */
export function readCommandLine(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): CommandLine {
  let parsed;
  const { rest: words, notes } = takeOriginalFlags(argv);
  try {
    parsed = parseFlags(flags, words, { env });
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.reason === 'Help') return { ask: 'help' };
    throw thrown;
  }
  const { values, args } = parsed;
  if (values.version) return { ask: 'version' };
  const [verb, ...rest] = args;
  if (verb === 'crds' && rest.length === 0) return { ask: 'crds' };
  if (verb === 'crds' && rest.join(' ') === 'stored') return { ask: 'stored crds' };
  if (verb !== undefined)
    throw new Fault('BadFlag', 'stall', verb, `unknown command ${JSON.stringify(verb)}`);
  const percentage = values['interval-jitter-percentage'];
  if (percentage < 0 || percentage > 100)
    throw new Fault(
      'BadFlag',
      'stall',
      'interval-jitter-percentage',
      '--interval-jitter-percentage has to be between 0 and 100',
    );
  if (values.concurrent < 1)
    throw new Fault('BadFlag', 'stall', 'concurrent', '--concurrent has to be 1 or more');
  const macCheck = values['sops-mac'];
  if (macCheck !== 'none' && macCheck !== 'files' && macCheck !== 'all')
    throw new Fault('BadFlag', 'stall', 'sops-mac', '--sops-mac has to be none, files or all');
  const overriddenManagers = values['override-manager'];
  if (overriddenManagers.includes(''))
    throw new Fault('BadFlag', 'stall', 'override-manager', '--override-manager needs a name');
  const digestAlgorithm = digestAlgorithms.find((each) => each === values['artifact-digest-algo']);
  if (digestAlgorithm === undefined)
    throw new Fault(
      'BadFlag',
      'stall',
      'artifact-digest-algo',
      `unable to configure canonical digest algorithm: unsupported digest algorithm: ${values['artifact-digest-algo']}`,
    );
  readShard(values['watch-label-selector']);
  const gates = readFeatureGates(values['feature-gates']);
  const accountFlags = [
    'default-decryption-service-account',
    'default-kubeconfig-service-account',
  ] as const;
  const early = accountFlags.find((name) => values[name] !== '');
  if (early !== undefined && !gates.ObjectLevelWorkloadIdentity) {
    throw new Fault(
      'BadFlag',
      'stall',
      early,
      'cannot set default service accounts when the feature gate ObjectLevelWorkloadIdentity is not enabled',
    );
  }
  return {
    ask: 'run',
    config: {
      logFormat: values['log-format'],
      kubeconfig: values.kubeconfig,
      allNamespaces: values['watch-all-namespaces'],
      labelSelector: values['watch-label-selector'],
      concurrent: values.concurrent,
      minRetryMs: values['min-retry-delay'],
      maxRetryMs: values['max-retry-delay'],
      dependencyMs: values['requeue-dependency'],
      jitter: percentage / 100,
      crossNamespace: !values['no-cross-namespace-refs'],
      defaultServiceAccount: values['default-service-account'],
      defaultDecryptionAccount: values['default-decryption-service-account'],
      defaultKubeConfigAccount: values['default-kubeconfig-service-account'],
      eventsAddress: values['events-addr'],
      eventsListen: readAddress('events-listen-addr', values['events-listen-addr']),
      receiverListen: readAddress('receiverAddr', values.receiverAddr),
      quietMs: values['rate-limit-interval'],
      metricsListen: readAddress('metrics-addr', values['metrics-addr']),
      storagePath: values['storage-path'],
      storageListen: readAddress('storage-addr', values['storage-addr']),
      storageAddress: values['storage-adv-addr'],
      keptMs: values['artifact-retention-ttl'],
      keptRecords: values['artifact-retention-records'],
      digestAlgorithm,
      limits: { index: values['helm-index-max-size'], chart: values['helm-chart-max-size'] },
      httpAttempts: values['http-retry'] + 1,
      leaderElection: values['enable-leader-election'],
      strictSubstitutions: values['strict-substitutions'] && gates.StrictPostBuildSubstitutions,
      remoteBases: !values['no-remote-bases'],
      ageSecret: values['sops-age-secret'],
      vaultConfigMap: values['sops-vault-configmap'],
      macCheck,
      overriddenManagers,
      stageKinds: readKinds(values['custom-apply-stage-kinds']),
      gates,
      notes,
    },
  };
}

function readKinds(text: string): ReadonlySet<string> {
  const flag = 'custom-apply-stage-kinds';
  const kinds = text === '' ? [] : text.split(',').map((each) => each.trim());
  const bad = kinds.find((each) => !/^([^/]+\/)?[^/]+$/.test(each));
  if (bad === undefined) return new Set(kinds);
  throw new Fault('BadFlag', 'stall', flag, `--${flag}: invalid group/kind format: ${bad}`);
}

function readAddress(flag: string, text: string): Address {
  const match = /^(.*):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535)
    throw new Fault('BadFlag', 'stall', flag, `--${flag}: ${JSON.stringify(text)} is no address`);
  const host = (match[1] ?? '').replace(/^\[(.*)\]$/, '$1');
  return { host: host === '' ? undefined : host, port };
}
