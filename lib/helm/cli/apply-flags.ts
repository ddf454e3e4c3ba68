/** What `install`, `upgrade` and `template` have in common (helm 3.19 cmd/helm/install.go, upgrade.go). */
import type { FlagSpec } from '../../runtime/mod.ts';
import {
  chartPathFlags,
  develFlag,
  postRenderFlags,
  skipSchemaFlag,
  timeoutFlag,
  valueFlags,
} from './flags.ts';

const commonFlags = [
  ...valueFlags,
  ...chartPathFlags,
  develFlag,
  timeoutFlag,
  skipSchemaFlag,
  ...postRenderFlags,
  {
    name: 'dry-run',
    type: 'string',
    default: '',
    bare: 'client',
    help: "simulate an install. If --dry-run is set with no option being specified or as '--dry-run=client', it will not attempt cluster connections. Setting '--dry-run=server' allows attempting cluster connections.",
  },
  {
    name: 'force',
    type: 'bool',
    default: false,
    help: 'force resource updates through a replacement strategy',
  },
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
    name: 'description',
    type: 'string',
    default: '',
    help: 'add a custom description',
  },
  {
    name: 'dependency-update',
    type: 'bool',
    default: false,
    help: 'update dependencies if they are missing before installing the chart',
  },
  {
    name: 'render-subchart-notes',
    type: 'bool',
    default: false,
    help: 'if set, render subchart notes along with the parent',
  },
  {
    name: 'enable-dns',
    type: 'bool',
    default: false,
    help: 'enable DNS lookups when rendering templates',
  },
] as const satisfies readonly FlagSpec[];

/** As `install` and `template` word them. */
export const applyFlags = [
  ...commonFlags,
  {
    name: 'atomic',
    type: 'bool',
    default: false,
    help: 'if set, the installation process deletes the installation on failure. The --wait flag will be set automatically if --atomic is used',
  },
  {
    name: 'create-namespace',
    type: 'bool',
    default: false,
    help: 'create the release namespace if not present',
  },
  {
    name: 'disable-openapi-validation',
    type: 'bool',
    default: false,
    help: 'if set, the installation process will not validate rendered templates against the Kubernetes OpenAPI Schema',
  },
  {
    name: 'hide-notes',
    type: 'bool',
    default: false,
    help: 'if set, do not show notes in install output. Does not affect presence in chart metadata',
  },
  {
    name: 'labels',
    short: 'l',
    type: 'list',
    default: [],
    shows: 'stringToString',
    showsDefault: '[]',
    help: 'Labels that would be added to release metadata. Should be divided by comma.',
  },
  {
    name: 'no-hooks',
    type: 'bool',
    default: false,
    help: 'prevent hooks from running during install',
  },
  {
    name: 'skip-crds',
    type: 'bool',
    default: false,
    help: 'if set, no CRDs will be installed. By default, CRDs are installed if not already present',
  },
  {
    name: 'take-ownership',
    type: 'bool',
    default: false,
    help: 'if set, install will ignore the check for helm annotations and take ownership of the existing resources',
  },
] as const satisfies readonly FlagSpec[];

/** Of `install` and `template`. */
export const installFlags = [
  ...applyFlags,
  {
    name: 'generate-name',
    short: 'g',
    type: 'bool',
    default: false,
    help: 'generate the name (and omit the NAME parameter)',
  },
  {
    name: 'name-template',
    type: 'string',
    default: '',
    help: 'specify template used to name the release',
  },
  {
    name: 'replace',
    type: 'bool',
    default: false,
    help: 're-use the given name, only if that name is a deleted release which remains in the history. This is unsafe in production',
  },
] as const satisfies readonly FlagSpec[];

/** Of `install` and `upgrade`. */
export const hideSecretFlag = {
  name: 'hide-secret',
  type: 'bool',
  default: false,
  help: 'hide Kubernetes Secrets when also using the --dry-run flag',
} as const satisfies FlagSpec;

export const upgradeFlags = [
  ...commonFlags,
  hideSecretFlag,
  {
    name: 'atomic',
    type: 'bool',
    default: false,
    help: 'if set, upgrade process rolls back changes made in case of failed upgrade. The --wait flag will be set automatically if --atomic is used',
  },
  {
    name: 'create-namespace',
    type: 'bool',
    default: false,
    help: 'if --install is set, create the release namespace if not present',
  },
  {
    name: 'disable-openapi-validation',
    type: 'bool',
    default: false,
    help: 'if set, the upgrade process will not validate rendered templates against the Kubernetes OpenAPI Schema',
  },
  {
    name: 'hide-notes',
    type: 'bool',
    default: false,
    help: 'if set, do not show notes in upgrade output. Does not affect presence in chart metadata',
  },
  {
    name: 'labels',
    short: 'l',
    type: 'list',
    default: [],
    shows: 'stringToString',
    showsDefault: '[]',
    help: 'Labels that would be added to release metadata. Should be separated by comma. Original release labels will be merged with upgrade labels. You can unset label using null.',
  },
  {
    name: 'no-hooks',
    type: 'bool',
    default: false,
    help: 'disable pre/post upgrade hooks',
  },
  {
    name: 'skip-crds',
    type: 'bool',
    default: false,
    help: 'if set, no CRDs will be installed when an upgrade is performed with install flag enabled. By default, CRDs are installed if not already present, when an upgrade is performed with install flag enabled',
  },
  {
    name: 'take-ownership',
    type: 'bool',
    default: false,
    help: 'if set, upgrade will ignore the check for helm annotations and take ownership of the existing resources',
  },
  {
    name: 'install',
    short: 'i',
    type: 'bool',
    default: false,
    help: "if a release by this name doesn't already exist, run an install",
  },
  {
    name: 'reset-values',
    type: 'bool',
    default: false,
    help: 'when upgrading, reset the values to the ones built into the chart',
  },
  {
    name: 'reuse-values',
    type: 'bool',
    default: false,
    help: "when upgrading, reuse the last release's values and merge in any overrides from the command line via --set and -f. If '--reset-values' is specified, this is ignored",
  },
  {
    name: 'reset-then-reuse-values',
    type: 'bool',
    default: false,
    help: "when upgrading, reset the values to the ones built into the chart, apply the last release's values and merge in any overrides from the command line via --set and -f. If '--reset-values' or '--reuse-values' is specified, this is ignored",
  },
  {
    name: 'history-max',
    type: 'int',
    default: 10,
    env: 'HELM_MAX_HISTORY',
    help: 'limit the maximum number of revisions saved per release. Use 0 for no limit',
  },
  {
    name: 'cleanup-on-fail',
    type: 'bool',
    default: false,
    help: 'allow deletion of new resources created in this upgrade when upgrade fails',
  },
] as const satisfies readonly FlagSpec[];
