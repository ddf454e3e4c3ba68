/** The table of fluxd's flags. Help, parsing and the chart's values are checked against it. */
import { companionFlag } from '../toolkit/mod.ts';

const minute = 60_000;
const second = 1000;

const string = <const N extends string>(name: N, value: string, help: string) =>
  ({ name, type: 'string', default: value, help }) as const;
const bool = <const N extends string>(name: N, value: boolean, help: string) =>
  ({ name, type: 'bool', default: value, help }) as const;
const int = <const N extends string>(name: N, value: number, help: string) =>
  ({ name, type: 'int', default: value, help }) as const;
const duration = <const N extends string>(name: N, value: number, help: string) =>
  ({ name, type: 'duration', default: value, help }) as const;
const list = <const N extends string>(name: N, value: readonly string[], help: string) =>
  ({ name, type: 'list', default: value, help }) as const;
/** Still accepted; a note is printed when it is used. */
const old = <T extends object>(flag: T, deprecated: string) => ({ ...flag, deprecated });

export const flagTable = [
  string('log-format', 'fmt', 'format of the log: fmt or json'),
  { ...string('listen', ':3030', 'address of the API and /metrics'), short: 'l' },
  string('listen-metrics', '', 'address of /metrics, when it shall not be on the API listener'),
  string('kubernetes-kubectl', '', 'accepted for compatibility; no kubectl is used'),
  bool('version', false, 'print the version and exit'),
  string('git-url', '', 'URL of the config repository'),
  string('git-branch', 'master', 'branch to sync and to commit to'),
  list('git-path', [], 'paths within the repository to sync; none means all of it'),
  bool('git-readonly', false, 'never write to the repository'),
  string('git-user', 'Weave Flux', 'name of the committer'),
  string('git-email', 'support@weave.works', 'mail address of the committer'),
  bool('git-set-author', false, 'make the user who asked for a change its author'),
  string('git-label', '', 'one name for both the sync tag and the notes ref'),
  string('git-sync-tag', 'flux-sync', 'tag that marks what is synced'),
  string('git-notes-ref', 'flux', 'ref of the notes on our commits'),
  bool('git-secret', false, 'run git secret reveal in each checkout'),
  bool('git-ci-skip', false, 'append "[ci skip]" to commit messages'),
  string('git-ci-skip-message', '', 'text to append to commit messages'),
  duration('git-poll-interval', 5 * minute, 'how often to fetch'),
  duration('git-timeout', 20 * second, 'limit of each git operation'),
  list('git-gpg-key-import', [], 'files or folders of GPG keys to import at start'),
  string('git-signing-key', '', 'GPG key to sign commits and the sync tag with'),
  old(
    bool('git-verify-signatures', false, 'verify the signatures of commits'),
    'use --git-verify-signatures-mode',
  ),
  string('git-verify-signatures-mode', '', 'none, all or first-parent'),
  bool('sops', false, 'decrypt SOPS files before they are read'),
  duration('sync-interval', 5 * minute, 'sync at least this often'),
  duration('sync-timeout', minute, 'limit of one sync and of one job'),
  bool('sync-garbage-collection', false, 'delete objects that left the repository'),
  bool('sync-garbage-collection-dry', false, 'only log what would be deleted'),
  int(
    'sync-prune-limit',
    50,
    'refuse to delete more than this share of the synced objects at once, in percent; a tag <sync tag>-prune on the commit allows it',
  ),
  string('sync-state', 'git', 'where the synced revision is kept: git or secret'),
  string(
    'memcached-hostname',
    'memcached',
    'memcached in which image metadata is shared; none is used unless this is given',
  ),
  int('memcached-port', 11_211, 'port of memcached, when no service is given'),
  duration('memcached-timeout', second, 'limit of a call of memcached'),
  string('memcached-service', 'memcached', 'SRV service name by which servers are found'),
  bool('registry-disable-scanning', false, 'no image scanning, no automated updates'),
  duration('automation-interval', 5 * minute, 'how often automated workloads are examined'),
  bool(
    'automation-allow-downgrade',
    false,
    'let automation move to a lower version or an older build, as Flux v1 does',
  ),
  old(
    duration('registry-poll-interval', 5 * minute, 'old name'),
    'changed to --automation-interval, use that instead',
  ),
  int('registry-rps', 50, 'registry requests per second and host'),
  int('registry-burst', 10, 'registry requests at once'),
  string(
    'registry-cache-dir',
    '',
    'folder in which image metadata is kept over restarts; empty means flux-image-cache in the folder for temporary files',
  ),
  bool('registry-trace', false, 'log each registry request'),
  list('registry-insecure-host', [], 'hosts without verified TLS; plain HTTP is tried as well'),
  list('registry-exclude-image', ['k8s.gcr.io/*'], 'globs of images never scanned'),
  list('registry-include-image', [], 'globs of the only images scanned'),
  list(
    'registry-use-labels',
    ['index.docker.io/weaveworks/*', 'index.docker.io/fluxcd/*'],
    'globs of images whose labels give the build time',
  ),
  list('registry-ecr-region', [], 'restrict ECR scanning to regions'),
  list('registry-ecr-include-id', [], 'only these AWS accounts'),
  list('registry-ecr-exclude-id', ['602401143452', '918309763551'], 'never these AWS accounts'),
  list('registry-require', [], 'refuse to start without these (ecr)'),
  old(duration('registry-cache-expiry', 0, 'ignored'), 'no longer used'),
  string('docker-config', '', 'docker config with credentials'),
  old(bool('k8s-in-cluster', true, 'ignored'), 'no longer used'),
  string('k8s-secret-name', 'flux-git-deploy', 'Secret with the deploy key'),
  string('k8s-secret-volume-mount-path', '/etc/fluxd/ssh', 'where that Secret is mounted'),
  string('k8s-secret-data-key', 'identity', 'key in that Secret'),
  old(
    list('k8s-namespace-whitelist', [], 'old name'),
    'changed to --k8s-allow-namespace, use that instead',
  ),
  list('k8s-allow-namespace', [], 'restrict all operations to these namespaces'),
  string('k8s-default-namespace', '', 'namespace of manifests that give none'),
  list(
    'k8s-unsafe-exclude-resource',
    ['*metrics.k8s.io/*', 'webhook.certmanager.k8s.io/*', 'v1/Event'],
    'globs of group/version/Kind never listed',
  ),
  int('k8s-verbosity', 0, 'accepted for compatibility'),
  old(string('kube-config', '', 'a kubeconfig file'), 'use the environment variable KUBECONFIG'),
  string('ssh-keygen-bits', '', '-b of ssh-keygen'),
  string('ssh-keygen-type', '', '-t of ssh-keygen'),
  string('ssh-keygen-format', '', '-m of ssh-keygen'),
  string('ssh-keygen-dir', '', 'folder for generated keys'),
  bool(
    'leader-election',
    false,
    'run several replicas, of which the holder of a Lease works and the others stand by',
  ),
  string('leader-election-lease', 'fluxd', 'name of that Lease, in the namespace of the daemon'),
  bool('manifest-generation', false, 'honour .flux.yaml'),
  string(
    'listen-webhooks',
    '',
    'address for webhooks of Git hosts and registries, at /hooks/KIND; empty means none',
  ),
  {
    ...list(
      'webhook',
      [],
      'KIND=@FILE: take webhooks of a kind (github, gitlab, bitbucket, dockerhub, harbor, quay, generic), with the secret in a file',
    ),
    type: 'array',
  },
  string('connect', '', 'upstream to post events to'),
  string('token', '', 'token for the upstream'),
  {
    ...list(
      'notify',
      [],
      'where to tell of events: slack=URL, teams=URL, discord=URL, generic=URL, or KIND=@FILE with the URL in a file',
    ),
    type: 'array',
  },
  duration('rpc-timeout', 10 * second, 'limit of a request from upstream'),
  companionFlag,
] as const;
