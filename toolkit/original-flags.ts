/**
 * Flags of the original controllers that are nothing to set here: those without effect are taken, so that their command lines
 * stay as they are; those that would ask for another behaviour are refused. Pure.
 */
import { Fault } from '../lib/runtime/mod.ts';

interface OriginalFlag {
  name: string;
  type: 'bool' | 'string';
  /** Why it has no effect, or is refused. */
  why: string;
  /** The values that change nothing; absent for a flag without effect. Beside them only that it is not given. */
  same?: readonly string[];
}

const inert = (why: string, ...names: readonly string[]): OriginalFlag[] =>
  names.map((name) => ({ name, type: 'string', why }));
const refused = (why: string, same: readonly string[], ...names: readonly string[]) =>
  names.map((name): OriginalFlag => ({ name, type: 'string', why, same }));
const switches = (why: string, ...names: readonly string[]): OriginalFlag[] =>
  names.map((name) => ({ name, type: 'bool', why }));

export const originalFlags: readonly OriginalFlag[] = [
  ...inert('health is told on --metrics-addr', 'health-addr'),
  ...inert('--log-format says it', 'log-encoding'),
  ...inert('the log has one level', 'log-level'),
  ...inert('the API server limits requests', 'kube-api-qps', 'kube-api-burst'),
  ...inert(
    'the Lease has the times of client-go',
    'leader-election-lease-duration',
    'leader-election-renew-deadline',
    'leader-election-retry-period',
  ),
  ...switches('a Lease is always given back', 'leader-election-release-on-cancel'),
  ...inert('tokens are kept until they end', 'token-cache-max-size', 'token-cache-max-duration'),
  ...inert(
    'memory is limited by the pod',
    'oom-watch-memory-threshold',
    'oom-watch-interval',
    'oom-watch-max-memory-path',
    'oom-watch-current-memory-path',
  ),
  ...inert('what runs is brought to its end', 'graceful-shutdown-timeout'),
  ...inert('an artifact is waited for 30 s', 'http-timeout'),
  ...inert(
    'an index is read once for each of its versions',
    'helm-cache-max-size',
    'helm-cache-ttl',
    'helm-cache-purge-interval',
  ),
  ...inert('files of a chart are limited by the chart', 'helm-chart-file-max-size'),
  ...inert('--concurrent holds for applying, too', 'concurrent-ssa'),
  ...inert(
    'tags are kept in memory',
    'gc-interval',
    'storage-value-log-file-size',
    'storage-compression-threshold',
  ),
  ...switches('metrics never hold paths', 'export-http-path-metrics'),
  ...inert(
    'what objects refer to is watched without a label; see the gate DisableConfigWatchers',
    'watch-configs-label-selector',
  ),
  ...refused('digests of snapshots are SHA-256', ['', 'sha256'], 'snapshot-digest-algo'),
  ...refused('algorithms are those of the ssh program', [''], 'ssh-kex-algos', 'ssh-hostkey-algos'),
  ...refused(
    'kubeconfigs run no programs, and servers are always checked',
    ['false', ''],
    'insecure-kubeconfig-exec',
    'insecure-kubeconfig-tls',
  ).map((flag): OriginalFlag => ({ ...flag, type: 'bool' })),
];

/**
 * Takes these flags out of a command line.
 *
 * @returns the other words, and what to say of flags that were given and have no effect
 * @throws Fault `BadFlag` for one that is refused
 */
export function takeOriginalFlags(argv: readonly string[]): { rest: string[]; notes: string[] } {
  const rest: string[] = [];
  const notes: string[] = [];
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? '';
    if (word === '--') return { rest: [...rest, ...argv.slice(at)], notes };
    const [, name = '', given] = /^--?([a-z-]+)(?:=(.*))?$/s.exec(word) ?? [];
    const flag = originalFlags.find((each) => each.name === name);
    if (flag === undefined) {
      rest.push(word);
      continue;
    }
    if (given === undefined && flag.type === 'string') at += 1;
    notes.push(...noteOf(flag, given ?? (flag.type === 'bool' ? 'true' : (argv[at] ?? ''))));
  }
  return { rest, notes };
}

function noteOf({ name, why, same }: OriginalFlag, value: string): string[] {
  if (same === undefined) return [`--${name} has no effect: ${why}`];
  if (same.includes(value)) return [];
  throw new Fault('BadFlag', 'stall', name, `--${name}=${value} is not supported: ${why}`);
}
