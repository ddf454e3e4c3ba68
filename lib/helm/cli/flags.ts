/** The flags of the commands, as tables (helm 3.19 cmd/helm/flags.go and pkg/cli/environment.go). */
import type { FlagSpec } from '../../runtime/mod.ts';

export const globalFlags = [
  {
    name: 'namespace',
    short: 'n',
    type: 'string',
    default: '',
    env: 'HELM_NAMESPACE',
    help: 'namespace scope for this request',
  },
  {
    name: 'kube-context',
    type: 'string',
    default: '',
    env: 'HELM_KUBECONTEXT',
    help: 'name of the kubeconfig context to use',
  },
  { name: 'kubeconfig', type: 'string', default: '', help: 'path to the kubeconfig file' },
  {
    name: 'kube-apiserver',
    type: 'string',
    default: '',
    env: 'HELM_KUBEAPISERVER',
    help: 'the address and the port for the Kubernetes API server',
  },
  {
    name: 'debug',
    type: 'bool',
    default: false,
    env: 'HELM_DEBUG',
    help: 'enable verbose output',
  },
] as const satisfies readonly FlagSpec[];

export const outputFlag = {
  name: 'output',
  short: 'o',
  type: 'string',
  default: 'table',
  help: 'prints the output in the specified format. Allowed values: table, json, yaml',
} as const satisfies FlagSpec;

export const timeoutFlag = {
  name: 'timeout',
  type: 'duration',
  default: 300_000,
  help: 'time to wait for any individual Kubernetes operation (like Jobs for hooks)',
} as const satisfies FlagSpec;

export const revisionFlag = {
  name: 'revision',
  type: 'int',
  default: 0,
  help: 'get the named release with revision',
} as const satisfies FlagSpec;

export const valueFlags = [
  {
    name: 'values',
    short: 'f',
    type: 'list',
    default: [],
    help: 'specify values in a YAML file or a URL (can specify multiple)',
  },
  {
    name: 'set',
    type: 'array',
    default: [],
    help: 'set values on the command line (can specify multiple or separate values with commas: key1=val1,key2=val2)',
  },
  {
    name: 'set-string',
    type: 'array',
    default: [],
    help: 'set STRING values on the command line (can specify multiple or separate values with commas: key1=val1,key2=val2)',
  },
  {
    name: 'set-file',
    type: 'array',
    default: [],
    help: 'set values from respective files specified via the command line (can specify multiple or separate values with commas: key1=path1,key2=path2)',
  },
  {
    name: 'set-json',
    type: 'array',
    default: [],
    help: 'set JSON values on the command line (can specify multiple or separate values with commas: key1=jsonval1,key2=jsonval2)',
  },
  {
    name: 'set-literal',
    type: 'array',
    default: [],
    help: 'set a literal STRING value on the command line',
  },
] as const satisfies readonly FlagSpec[];

export const chartFlags = [
  {
    name: 'version',
    type: 'string',
    default: '',
    help: 'specify a version constraint for the chart version to use. If this is not specified, the latest version is used',
  },
  {
    name: 'repo',
    type: 'string',
    default: '',
    help: 'chart repository url where to locate the requested chart',
  },
  {
    name: 'username',
    type: 'string',
    default: '',
    help: 'chart repository username where to locate the requested chart',
  },
  {
    name: 'password',
    type: 'string',
    default: '',
    help: 'chart repository password where to locate the requested chart',
  },
  {
    name: 'devel',
    type: 'bool',
    default: false,
    help: "use development versions, too. Equivalent to version '>0.0.0-0'. If --version is set, this is ignored",
  },
  {
    name: 'dependency-update',
    type: 'bool',
    default: false,
    help: 'update dependencies if they are missing before installing the chart',
  },
] as const satisfies readonly FlagSpec[];

/** What install, upgrade and template have in common. */
export const applyFlags = [
  ...valueFlags,
  ...chartFlags,
  timeoutFlag,
  {
    name: 'create-namespace',
    type: 'bool',
    default: false,
    help: 'create the release namespace if not present',
  },
  {
    name: 'dry-run',
    type: 'string',
    default: '',
    help: "simulate an install. If --dry-run is set with no option being specified or as '--dry-run=client', it will not attempt cluster connections. Setting '--dry-run=server' allows attempting cluster connections.",
  },
  {
    name: 'force',
    type: 'bool',
    default: false,
    help: 'force resource updates through a replacement strategy',
  },
  { name: 'no-hooks', type: 'bool', default: false, help: 'prevent hooks from running' },
  {
    name: 'wait',
    type: 'bool',
    default: false,
    help: 'if set, will wait until all Pods, PVCs, Services, and minimum number of Pods of a Deployment, StatefulSet, or ReplicaSet are in a ready state before marking the release as successful. It will wait for as long as --timeout',
  },
  {
    name: 'wait-for-jobs',
    type: 'bool',
    default: false,
    help: 'if set and --wait enabled, will wait until all Jobs have been completed before marking the release as successful. It will wait for as long as --timeout',
  },
  {
    name: 'atomic',
    type: 'bool',
    default: false,
    help: 'if set, changes are taken back in case of failure. The --wait flag will be set automatically if --atomic is used',
  },
  {
    name: 'skip-crds',
    type: 'bool',
    default: false,
    help: 'if set, no CRDs will be installed. By default, CRDs are installed if not already present',
  },
  { name: 'description', type: 'string', default: '', help: 'add a custom description' },
  {
    name: 'disable-openapi-validation',
    type: 'bool',
    default: false,
    help: 'if set, the process will not validate rendered templates against the Kubernetes OpenAPI Schema',
  },
  {
    name: 'hide-notes',
    type: 'bool',
    default: false,
    help: 'if set, do not show notes in output. Does not affect presence in chart metadata',
  },
] as const satisfies readonly FlagSpec[];

export const nameFlags = [
  {
    name: 'generate-name',
    short: 'g',
    type: 'bool',
    default: false,
    help: 'generate the name (and omit the NAME parameter)',
  },
  {
    name: 'replace',
    type: 'bool',
    default: false,
    help: 're-use the given name, only if that name is a deleted release which remains in the history. This is unsafe in production',
  },
] as const satisfies readonly FlagSpec[];
