/** The definitions of sources (spec §1.1, §1.2, §1.4). Pure. */
import { definitionOf, readyColumns, sourceApi } from './definition.ts';
import {
  artifactSchema,
  choice,
  duration,
  flag,
  ignored,
  list,
  nameRef,
  object,
  rules,
  signers,
  sourceStatus,
  suspend,
  text,
  timeoutPattern,
} from './schema.ts';
import type { Schema } from './schema.ts';

const { group, categories } = sourceApi;
const versions = ['v1', 'v1beta2', 'v1beta1'];
const urlColumn = { name: 'URL', jsonPath: '.spec.url' };

const interval = duration('How often the source is looked at.');
const timeout = text('Limit of one operation.', { pattern: timeoutPattern, default: '60s' });
const accessFrom = ignored('Who may use the source.');
const url = text('Where the alias of the newest artifact is served.');

const include = object(
  'Another GitRepository whose files are put into this one.',
  {
    repository: nameRef('The other GitRepository.'),
    fromPath: text('Folder of the other; all of it when empty.'),
    toPath: text('Folder of this one; the name of the other when empty.'),
  },
  ['repository'],
);

export const gitRepository = definitionOf({
  group,
  kind: 'GitRepository',
  plural: 'gitrepositories',
  shortNames: ['gitrepo'],
  categories,
  versions,
  columns: [urlColumn, ...readyColumns],
  description: 'A commit of a Git repository as an artifact.',
  spec: object(
    'What is wanted.',
    {
      url: text('Of the repository.', { pattern: '^(http|https|ssh)://.*$' }),
      secretRef: nameRef(
        'Secret with `username` and `password`, or `bearerToken`, or `identity` and `known_hosts`, or those of a GitHub App; `ca.crt`, `tls.crt`, `tls.key`.',
      ),
      provider: choice(
        'How to log in: by the Secret, by an identity in a cloud, or as a GitHub App.',
        ['generic', 'aws', 'azure', 'github'],
        { default: 'generic' },
      ),
      serviceAccountName: text('Whose identity is used, with `aws` and `azure`.'),
      interval,
      timeout,
      ref: object('Which commit: a commit goes before name, semver, tag, branch.', {
        branch: text('Its head; `master` when nothing else is said.'),
        tag: text('What it stands for.'),
        semver: text('The newest tag in a range of versions.'),
        name: text('A whole ref, such as `refs/pull/1/head`.'),
        commit: text('Its hash; with `branch`, a commit of that branch.'),
      }),
      proxySecretRef: nameRef('Secret with `address`, and perhaps `username` and `password`.'),
      ignore: text('Files left out, in the syntax of .gitignore.'),
      suspend,
      verify: object(
        'Whose signatures are asked for.',
        {
          mode: choice('What has to be signed.', ['head', 'HEAD', 'Tag', 'TagAndHEAD'], {
            default: 'HEAD',
          }),
          secretRef: nameRef(
            'Secret with PGP public keys in `*.asc`, SSH public keys in `*.sshpub`.',
          ),
        },
        ['secretRef'],
      ),
      recurseSubmodules: flag('Fetch the sub-modules too.'),
      sparseCheckout: list('Only these folders.', { type: 'string' }),
      include: list('Other repositories within this one.', include),
      gitImplementation: choice('Accepted, and without effect.', ['go-git', 'libgit2']),
      accessFrom,
    },
    ['url', 'interval'],
    rules([
      "!has(self.serviceAccountName) || (has(self.provider) && (self.provider == 'azure' || self.provider == 'aws'))",
      "serviceAccountName can only be set when provider is 'azure' or 'aws'",
    ]),
  ),
  status: sourceStatus({
    includedArtifacts: list('Of the repositories included.', artifactSchema),
    observedIgnore: text('`ignore` of the present artifact.'),
    observedRecurseSubmodules: flag('`recurseSubmodules` of the present artifact.'),
    observedInclude: list('`include` of the present artifact.', include),
    sourceVerificationMode: text('What was verified at the last look.'),
    observedSparseCheckout: list('`sparseCheckout` of the present artifact.', { type: 'string' }),
    url,
  }),
});

export const helmRepository = definitionOf({
  group,
  kind: 'HelmRepository',
  plural: 'helmrepositories',
  shortNames: ['helmrepo'],
  categories,
  versions,
  columns: [urlColumn, ...readyColumns],
  description: 'The index of a chart repository as an artifact, or the address of a registry.',
  spec: object(
    'What is wanted.',
    {
      url: text('Of the repository or registry.', { pattern: '^(http|https|oci)://.*$' }),
      type: choice('A registry, or a repository with an index.', ['default', 'oci']),
      secretRef: nameRef('Secret with `username` and `password`, or of a docker registry.'),
      certSecretRef: nameRef('Secret with `ca.crt`, or `tls.crt` and `tls.key`.'),
      passCredentials: flag('Send credentials to other hosts that the index names.'),
      interval: duration('How often the index is fetched.', { default: '1m' }),
      timeout,
      insecure: flag('Registries: plain HTTP.'),
      provider: choice('How to log in to a registry.', ['generic', 'aws', 'azure', 'gcp'], {
        default: 'generic',
      }),
      suspend,
      accessFrom,
    },
    ['url'],
  ),
  status: sourceStatus({ url }),
});

/** The part of a chart's description that a HelmRelease's template has, too. */
export const chartFields: Readonly<Record<string, Schema>> = {
  chart: text('Name in a HelmRepository, or path in the files of another source.'),
  version: text('A version or a range; of a HelmRepository only.', { default: '*' }),
  reconcileStrategy: choice(
    'Whether a new version or any new revision of the source is a new chart.',
    ['ChartVersion', 'Revision'],
    { default: 'ChartVersion' },
  ),
  valuesFiles: list('Files that are merged to the default values, in this order.', {
    type: 'string',
  }),
  valuesFile: text('The only values file; use `valuesFiles`.'),
  ignoreMissingValuesFiles: flag('Pass over values files that are not there.'),
};

export const helmChart = definitionOf({
  group,
  kind: 'HelmChart',
  plural: 'helmcharts',
  shortNames: ['hc'],
  categories,
  versions,
  columns: [
    { name: 'Chart', jsonPath: '.spec.chart' },
    { name: 'Version', jsonPath: '.spec.version' },
    { name: 'Source Kind', jsonPath: '.spec.sourceRef.kind' },
    { name: 'Source Name', jsonPath: '.spec.sourceRef.name' },
    ...readyColumns,
  ],
  description: 'A version of a chart as an artifact.',
  spec: object(
    'What is wanted.',
    {
      ...chartFields,
      sourceRef: object(
        'Where the chart comes from, in the same namespace.',
        {
          apiVersion: text('Version of the source.'),
          kind: choice('Kind of the source.', ['HelmRepository', 'GitRepository', 'Bucket']),
          name: text('Name of the source.'),
        },
        ['kind', 'name'],
      ),
      verify: object('Whose signature is asked for, of charts in registries.', {
        ...signers,
      }),
      interval,
      suspend,
      accessFrom,
    },
    ['chart', 'sourceRef', 'interval'],
    rules([
      "!has(self.verify) || self.sourceRef.kind == 'HelmRepository'",
      "spec.verify is only supported when spec.sourceRef.kind is 'HelmRepository'",
    ]),
  ),
  status: sourceStatus({
    observedChartName: text('Name of the present chart.'),
    observedSourceArtifactRevision: text('Revision of the source that was looked at last.'),
    observedValuesFiles: list('Values files of the present chart.', { type: 'string' }),
    url,
  }),
});
