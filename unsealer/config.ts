/** Flags and environment of the unsealer, named as those of the sealed-secrets controller (0.27.3). */
import { flagUsage, parseFlags, parseListenAddress } from '../lib/runtime/mod.ts';
import type { CommandLine } from '../lib/runtime/mod.ts';
import { UnsealerError } from './errors.ts';

const dayMs = 24 * 3_600_000;

export const flags = [
  { name: 'version', type: 'bool', default: false, help: 'print version and exit' },
  {
    name: 'kubeconfig',
    type: 'string',
    default: '',
    help: 'path to a kubeconfig; needed only outside a cluster',
  },
  {
    name: 'namespace',
    type: 'string',
    default: '',
    env: 'POD_NAMESPACE',
    help: "where the sealing keys are kept (default: the pod's namespace, else kube-system)",
  },
  {
    name: 'listen-addr',
    type: 'string',
    default: ':8080',
    env: 'SEALED_SECRETS_LISTEN_ADDR',
    help: 'HTTP serving address',
  },
  {
    name: 'advertise',
    type: 'string',
    default: '',
    help: 'address at which the API server reaches this program; makes a Service that leads there',
  },
  {
    name: 'service-name',
    type: 'string',
    default: 'sealed-secrets-controller',
    help: 'name of the Service that --advertise makes',
  },
  {
    name: 'key-prefix',
    type: 'string',
    default: 'sealed-secrets-key',
    env: 'SEALED_SECRETS_KEY_PREFIX',
    help: 'prefix of the names of sealing keys',
  },
  { name: 'key-size', type: 'int', default: 4096, help: 'bits of a sealing key' },
  {
    name: 'key-ttl',
    type: 'duration',
    default: 3650 * dayMs,
    env: 'SEALED_SECRETS_KEY_TTL',
    help: 'how long a certificate is valid',
  },
  {
    name: 'my-cn',
    type: 'string',
    default: '',
    env: 'SEALED_SECRETS_MY_CN',
    help: 'common name of the certificates',
  },
  {
    name: 'key-renew-period',
    type: 'duration',
    default: 30 * dayMs,
    env: 'SEALED_SECRETS_KEY_RENEW_PERIOD',
    help: 'age at which a new sealing key is made; 0 for never',
  },
  {
    name: 'rotate-period',
    type: 'duration',
    default: 30 * dayMs,
    deprecated: 'please use key-renew-period instead',
    help: '',
  },
  {
    name: 'key-cutoff-time',
    type: 'string',
    default: '',
    env: 'SEALED_SECRETS_KEY_CUTOFF_TIME',
    help: 'make a new key at start when the newest is older (Mon, 02 Jan 2006 15:04:05 -0700)',
  },
  {
    name: 'privatekey-annotations',
    type: 'list',
    default: [],
    help: 'annotations of new sealing keys, name=value',
  },
  {
    name: 'privatekey-labels',
    type: 'list',
    default: [],
    help: 'labels of new sealing keys, name=value',
  },
  {
    name: 'accept-deprecated-v1-data',
    type: 'bool',
    default: true,
    help: 'unseal the deprecated field data too',
  },
  {
    name: 'all-namespaces',
    type: 'bool',
    default: true,
    help: 'unseal in all namespaces, not only in that of the keys',
  },
  {
    name: 'label-selector',
    type: 'string',
    default: '',
    help: 'unseal only the SealedSecrets that it selects',
  },
  { name: 'rate-limit', type: 'int', default: 2, help: 'requests a second to /v1/verify' },
  {
    name: 'rate-limit-burst',
    type: 'int',
    default: 2,
    help: 'requests to /v1/verify that may exceed the limit at once',
  },
  {
    name: 'update-status',
    type: 'bool',
    default: true,
    help: 'write the condition Synced of SealedSecrets',
  },
  {
    name: 'skip-recreate',
    type: 'bool',
    default: false,
    help: 'do not make a Secret anew that somebody deleted',
  },
  {
    name: 'max-unseal-retries',
    type: 'int',
    default: 5,
    help: 'attempts after a failure, until something changes',
  },
  { name: 'log-format', type: 'string', default: 'text', help: 'log format (text, json)' },
] as const;

export interface Config {
  kubeconfig: string;
  /** '' for the pod's, else kube-system. */
  namespace: string;
  listen: { host: string | undefined; port: number };
  /** '' for none. */
  advertise: string;
  serviceName: string;
  keyPrefix: string;
  keySize: number;
  keyTtlMs: number;
  commonName: string;
  renewPeriodMs: number;
  cutoff: Date | undefined;
  keyAnnotations: Record<string, string>;
  keyLabels: Record<string, string>;
  acceptOldData: boolean;
  allNamespaces: boolean;
  labelSelector: string;
  verifyPerSecond: number;
  verifyBurst: number;
  updateStatus: boolean;
  recreate: boolean;
  maxRetries: number;
  logFormat: string;
  warnings: readonly string[];
}

/** @throws Fault `Help`, `BadFlag` */
export function readCommandLine(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): CommandLine<Config> {
  const { values, given, warnings } = parseFlags(flags, argv, { env });
  if (values.version) return { ask: 'version' };
  return {
    ask: 'run',
    config: {
      kubeconfig: values.kubeconfig,
      namespace: values.namespace,
      listen: listenAddress(values['listen-addr']),
      advertise: values.advertise,
      serviceName: values['service-name'],
      keyPrefix: values['key-prefix'],
      keySize: values['key-size'],
      keyTtlMs: values['key-ttl'],
      commonName: values['my-cn'],
      renewPeriodMs: given.has('rotate-period')
        ? values['rotate-period']
        : values['key-renew-period'],
      cutoff: cutoffTime(values['key-cutoff-time']),
      keyAnnotations: pairs(values['privatekey-annotations'], 'privatekey-annotations'),
      keyLabels: pairs(values['privatekey-labels'], 'privatekey-labels'),
      acceptOldData: values['accept-deprecated-v1-data'],
      allNamespaces: values['all-namespaces'],
      labelSelector: values['label-selector'],
      verifyPerSecond: Math.max(1, values['rate-limit']),
      verifyBurst: Math.max(0, values['rate-limit-burst']),
      updateStatus: values['update-status'],
      recreate: !values['skip-recreate'],
      maxRetries: values['max-unseal-retries'],
      logFormat: values['log-format'],
      warnings,
    },
  };
}

export function helpText(): string {
  return `DESCRIPTION\n  unsealer makes Secrets of SealedSecrets.\n\nFLAGS\n${flagUsage(flags)}`;
}

function bad(flag: string, text: string, why: string): UnsealerError {
  return new UnsealerError(
    'BadFlag',
    `--${flag}`,
    `invalid argument ${JSON.stringify(text)} for "--${flag}" flag: ${why}`,
  );
}

/** RFC 1123 with a numeric zone. */
function cutoffTime(text: string): Date | undefined {
  if (text === '') return undefined;
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw bad('key-cutoff-time', text, 'no time of RFC 1123');
  return time;
}

function pairs(texts: readonly string[], flag: string): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw bad(flag, text, 'name=value is expected');
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

function listenAddress(text: string): Config['listen'] {
  const address = parseListenAddress(text);
  if (address === undefined) throw bad('listen-addr', text, 'address:port is expected');
  return address;
}
