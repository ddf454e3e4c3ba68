/** The flags that commands share, as tables (helm 3.19 cmd/helm/flags.go and pkg/cli/environment.go). */
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
  {
    name: 'kubeconfig',
    type: 'string',
    default: '',
    help: 'path to the kubeconfig file',
  },
  {
    name: 'kube-token',
    type: 'string',
    default: '',
    env: 'HELM_KUBETOKEN',
    help: 'bearer token used for authentication',
  },
  {
    name: 'kube-as-user',
    type: 'string',
    default: '',
    env: 'HELM_KUBEASUSER',
    help: 'username to impersonate for the operation',
  },
  {
    name: 'kube-as-group',
    type: 'array',
    default: [],
    env: 'HELM_KUBEASGROUPS',
    help: 'group to impersonate for the operation, this flag can be repeated to specify multiple groups.',
  },
  {
    name: 'kube-apiserver',
    type: 'string',
    default: '',
    env: 'HELM_KUBEAPISERVER',
    help: 'the address and the port for the Kubernetes API server',
  },
  {
    name: 'kube-ca-file',
    type: 'string',
    default: '',
    env: 'HELM_KUBECAFILE',
    help: 'the certificate authority file for the Kubernetes API server connection',
  },
  {
    name: 'kube-tls-server-name',
    type: 'string',
    default: '',
    env: 'HELM_KUBETLS_SERVER_NAME',
    help: 'server name to use for Kubernetes API server certificate validation. If it is not provided, the hostname used to contact the server is used',
  },
  {
    name: 'kube-insecure-skip-tls-verify',
    type: 'bool',
    default: false,
    env: 'HELM_KUBEINSECURE_SKIP_TLS_VERIFY',
    help: "if true, the Kubernetes API server's certificate will not be checked for validity. This will make your HTTPS connections insecure",
  },
  {
    name: 'debug',
    type: 'bool',
    default: false,
    env: 'HELM_DEBUG',
    help: 'enable verbose output',
  },
  {
    name: 'registry-config',
    type: 'string',
    default: '',
    env: 'HELM_REGISTRY_CONFIG',
    help: 'path to the registry config file',
  },
  {
    name: 'repository-config',
    type: 'string',
    default: '',
    env: 'HELM_REPOSITORY_CONFIG',
    help: 'path to the file containing repository names and URLs',
  },
  {
    name: 'repository-cache',
    type: 'string',
    default: '',
    env: 'HELM_REPOSITORY_CACHE',
    help: 'path to the directory containing cached repository indexes',
  },
  {
    name: 'burst-limit',
    type: 'int',
    default: 100,
    env: 'HELM_BURST_LIMIT',
    help: 'client-side default throttling limit',
  },
  {
    name: 'qps',
    type: 'float',
    default: 0,
    env: 'HELM_QPS',
    help: 'queries per second used when communicating with the Kubernetes API, not including bursting',
  },
] as const satisfies readonly FlagSpec[];

export const outputFlag = {
  name: 'output',
  short: 'o',
  type: 'string',
  default: 'table',
  shows: 'format',
  showsDefault: 'table',
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

/** Who asks. */
export const loginFlags = [
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
] as const satisfies readonly FlagSpec[];

/** How chart repositories and registries are reached. */
export const transportFlags = [
  {
    name: 'ca-file',
    type: 'string',
    default: '',
    help: 'verify certificates of HTTPS-enabled servers using this CA bundle',
  },
  {
    name: 'cert-file',
    type: 'string',
    default: '',
    help: 'identify HTTPS client using this SSL certificate file',
  },
  {
    name: 'insecure-skip-tls-verify',
    type: 'bool',
    default: false,
    help: 'skip tls certificate checks for the chart download',
  },
  {
    name: 'key-file',
    type: 'string',
    default: '',
    help: 'identify HTTPS client using this SSL key file',
  },
  {
    name: 'plain-http',
    type: 'bool',
    default: false,
    help: 'use insecure HTTP connections for the chart download',
  },
  ...loginFlags,
] as const satisfies readonly FlagSpec[];

/** Which chart is meant and where it comes from. */
export const chartPathFlags = [
  ...transportFlags,
  {
    name: 'version',
    type: 'string',
    default: '',
    help: 'specify a version constraint for the chart version to use. This constraint can be a specific tag (e.g. 1.1.1) or it may reference a valid range (e.g. ^2.0.0). If this is not specified, the latest version is used',
  },
  {
    name: 'verify',
    type: 'bool',
    default: false,
    help: 'verify the package before using it',
  },
  {
    name: 'keyring',
    type: 'string',
    default: '',
    help: 'location of public keys used for verification',
  },
  {
    name: 'repo',
    type: 'string',
    default: '',
    help: 'chart repository url where to locate the requested chart',
  },
  {
    name: 'pass-credentials',
    type: 'bool',
    default: false,
    help: 'pass credentials to all domains',
  },
] as const satisfies readonly FlagSpec[];

export const develFlag = {
  name: 'devel',
  type: 'bool',
  default: false,
  help: "use development versions, too. Equivalent to version '>0.0.0-0'. If --version is set, this is ignored",
} as const satisfies FlagSpec;

export const skipSchemaFlag = {
  name: 'skip-schema-validation',
  type: 'bool',
  default: false,
  help: 'if set, disables JSON schema validation',
} as const satisfies FlagSpec;

export const postRenderFlags = [
  {
    name: 'post-renderer',
    type: 'string',
    default: '',
    shows: 'postRendererString',
    help: 'the path to an executable to be used for post rendering. If it exists in $PATH, the binary will be used, otherwise it will try to look for the executable at the given path',
  },
  {
    name: 'post-renderer-args',
    type: 'array',
    default: [],
    shows: 'postRendererArgsSlice',
    showsDefault: '[]',
    help: 'an argument to the post-renderer (can specify multiple)',
  },
] as const satisfies readonly FlagSpec[];

/** As `verify` and the `dependency` commands word it. */
export const keyringFlag = {
  name: 'keyring',
  type: 'string',
  default: '',
  help: 'keyring containing public keys',
} as const satisfies FlagSpec;
