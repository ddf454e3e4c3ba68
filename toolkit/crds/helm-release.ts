/** The definition of HelmRelease (spec §3.1, §3.2, §3.5). Pure. */
import { definitionOf, readyColumns } from './definition.ts';
import { dependsOn, healthCheckExprs } from './health.ts';
import { kubeConfig } from './kube-config.ts';
import { kustomizeFields } from './kustomize-fields.ts';
import {
  anything,
  choice,
  count,
  duration,
  flag,
  list,
  object,
  rules,
  signature,
  statusOf,
  text,
  textMap,
} from './schema.ts';
import { chartFields } from './sources.ts';

const timeout = duration('Limit of each operation on the cluster.');
const name = (description: string, maxLength: number) =>
  text(description, { minLength: 1, maxLength });
const crds = choice("What is done about the chart's definitions.", [
  'Skip',
  'Create',
  'CreateReplace',
]);
const waiting = {
  timeout,
  disableWait: flag('Do not wait until objects are ready.'),
  disableWaitForJobs: flag('Do not wait until Jobs have run.'),
  disableHooks: flag('Do not run hooks.'),
};
const releasing = {
  ...waiting,
  disableOpenAPIValidation: flag("Do not check objects against the cluster's schemas."),
  disableSchemaValidation: flag("Do not check values against the chart's schemas."),
  disableTakeOwnership: flag('Do not take over objects that others own.'),
  crds,
  strategy: object(
    'What is done about a failure.',
    {
      name: choice('Remediate, or try again after a time.', [
        'RemediateOnFailure',
        'RetryOnFailure',
      ]),
      retryInterval: duration('Until the next try of `RetryOnFailure`; 5m when not set.'),
    },
    ['name'],
    rules([
      "!has(self.retryInterval) || self.name == 'RetryOnFailure'",
      ".retryInterval cannot be set when .name is 'RemediateOnFailure'",
    ]),
  ),
};
const serverSideApply = choice(
  'Objects are applied by the server; `auto`, and not set: as the release was before.',
  ['enabled', 'disabled', 'auto'],
);
const remediation = {
  retries: count('Tries after the first, below zero without end.'),
  ignoreTestFailures: flag('A failed test is no failure.'),
  remediateLastFailure: flag('Remediate also when no tries are left.'),
};
const selector = object('Which objects; every field is a pattern for the whole text.', {
  group: text('API group.'),
  version: text('API version.'),
  kind: text('Kind.'),
  name: text('Name.'),
  namespace: text('Namespace.'),
  labelSelector: text('Labels.'),
  annotationSelector: text('Annotations.'),
});

const chart = object(
  'The HelmChart that is made for the release.',
  {
    metadata: object('Of the HelmChart.', {
      labels: textMap('Labels.'),
      annotations: textMap('Annotations.'),
    }),
    spec: object(
      'Of the HelmChart.',
      {
        ...chartFields,
        chart: name('Name in a HelmRepository, or path in the files of another source.', 2048),
        verify: object('Whose signature is asked for, of charts in registries.', signature),
        interval: duration('Of the HelmChart; that of the release when not set.'),
        sourceRef: object(
          'Where the chart comes from.',
          {
            apiVersion: text('Version of the source.'),
            kind: choice('Kind of the source.', ['HelmRepository', 'GitRepository', 'Bucket']),
            name: name('Name of the source.', 253),
            namespace: name('Namespace of the source; that of the release when not set.', 63),
          },
          ['kind', 'name'],
        ),
      },
      ['chart', 'sourceRef'],
    ),
  },
  ['spec'],
);

const spec = object(
  'What is wanted.',
  {
    chart,
    chartRef: object(
      'What has the chart.',
      {
        apiVersion: text('Version of the object.'),
        kind: choice('Kind of the object.', ['HelmChart', 'OCIRepository', 'ExternalArtifact']),
        name: name('Name of the object.', 253),
        namespace: name('Namespace of the object; that of the release when not set.', 63),
      },
      ['kind', 'name'],
    ),
    interval: duration('How often the release is looked at.'),
    kubeConfig: kubeConfig('The cluster that the release goes to.'),
    suspend: flag('Leave the release alone.'),
    releaseName: name('Name of the release; `[targetNamespace-]name` when not set.', 53),
    targetNamespace: name("Namespace of the release's objects.", 63),
    storageNamespace: name('Namespace in which Helm keeps the release.', 63),
    dependsOn: dependsOn('HelmRelease'),
    timeout,
    maxHistory: count('Revisions that Helm keeps, 0 for all; 5 when not set.'),
    serviceAccountName: name('Whose rights are used.', 253),
    persistentClient: flag('Accepted, and without effect.'),
    driftDetection: object("Changes that others make of the release's objects.", {
      mode: choice('Put right, tell of, or do not look for them.', ['enabled', 'warn', 'disabled']),
      ignore: list(
        'Fields that others may change.',
        object(
          'Fields of some objects.',
          { paths: list('JSON pointers.', { type: 'string' }), target: selector },
          ['paths'],
        ),
      ),
    }),
    install: object('How it is installed.', {
      ...releasing,
      remediation: object('What is done about a failed install.', remediation),
      serverSideApply: flag('Objects are applied by the server; not set: they are created.'),
      replace: flag('Use the name of a release that was taken away.'),
      skipCRDs: flag('Use `crds: Skip`.'),
      createNamespace: flag('Create the target namespace.'),
    }),
    upgrade: object('How it is upgraded.', {
      ...releasing,
      remediation: object('What is done about a failed upgrade.', {
        ...remediation,
        strategy: choice('How.', ['rollback', 'uninstall']),
      }),
      force: flag('Replace objects instead of patching them.'),
      serverSideApply,
      preserveValues: flag('Begin with the values of the last revision.'),
      cleanupOnFail: flag('Take away what a failed upgrade created.'),
      chartNameChangeStrategy: choice('What a chart of another name means.', [
        'Reinstall',
        'InPlaceUpdate',
      ]),
    }),
    test: object('How it is tested.', {
      enable: flag('Run the tests after each install and upgrade.'),
      timeout,
      ignoreFailures: flag('A failed test is no failure.'),
      filters: list(
        'Which tests run.',
        object('A test.', { name: name('Its name.', 253), exclude: flag('It does not run.') }, [
          'name',
        ]),
      ),
    }),
    rollback: object('How it is rolled back.', {
      ...waiting,
      recreate: flag('Accepted, and without effect.'),
      force: flag('Replace objects instead of patching them.'),
      serverSideApply,
      cleanupOnFail: flag('Take away what a failed rollback created.'),
    }),
    uninstall: object('How it is taken away.', {
      timeout,
      disableHooks: flag('Do not run hooks.'),
      keepHistory: flag('Keep the revisions.'),
      disableWait: flag('Do not wait until the objects are gone.'),
      deletionPropagation: choice('What becomes of what objects own.', [
        'background',
        'foreground',
        'orphan',
      ]),
    }),
    valuesFrom: list(
      'Values from other objects, later ones over earlier ones.',
      object(
        'A key of a ConfigMap or Secret.',
        {
          kind: choice('Kind of the object.', ['Secret', 'ConfigMap']),
          name: name('Name of the object, in the same namespace.', 253),
          valuesKey: text('Key; `values.yaml` when not set.', {
            maxLength: 253,
            pattern: '^[\\-._a-zA-Z0-9]+$',
          }),
          targetPath: text('Where a single value is set, as with `helm --set`.', {
            maxLength: 250,
            pattern: '^([a-zA-Z0-9_\\-.\\\\\\/]|\\[[0-9]{1,5}\\])+$',
          }),
          optional: flag('It may be missing.'),
          literal: flag('The value is text to the last character.'),
        },
        ['kind', 'name'],
      ),
    ),
    values: {
      description: 'Values.',
      'x-kubernetes-preserve-unknown-fields': true,
      type: 'object',
    },
    commonMetadata: object('Put on each object of the release.', {
      labels: textMap('Labels.'),
      annotations: textMap('Annotations.'),
    }),
    postRenderers: list(
      'What objects become before they are applied, one after the other.',
      object('A post-renderer.', {
        kustomize: object('Changes as in a kustomization.', kustomizeFields),
      }),
    ),
    postRenderStrategy: choice(
      'Whether hooks are post-rendered: no, together with the rest, or for themselves; `combined` when not set.',
      ['nohooks', 'combined', 'separate'],
    ),
    waitStrategy: object(
      'How it is waited for that objects become ready.',
      {
        name: choice(
          'By what objects say of themselves, or as Helm 3 does it; `poller` when not set.',
          ['poller', 'legacy'],
        ),
      },
      ['name'],
    ),
    healthCheckExprs,
  },
  ['interval'],
  rules([
    '(has(self.chart) && !has(self.chartRef)) || (!has(self.chart) && has(self.chartRef))',
    'either chart or chartRef must be set',
  ]),
);

export const helmRelease = definitionOf({
  group: 'helm.toolkit.fluxcd.io',
  kind: 'HelmRelease',
  plural: 'helmreleases',
  shortNames: ['hr'],
  categories: ['all', 'fluxcd', 'fluxcd-appliers'],
  versions: ['v2', 'v2beta2', 'v2beta1'],
  columns: readyColumns,
  description: 'A release of a chart.',
  spec,
  status: statusOf({
    failures: count('Failures of what is wanted now.'),
    installFailures: count('Failed installs.'),
    upgradeFailures: count('Failed upgrades.'),
    helmChart: text('`namespace/name` of the HelmChart.'),
    storageNamespace: text('Where Helm keeps the release.'),
    history: list('What was seen of the last revisions.', anything('A revision.')),
    inventory: anything('What the release has put into the cluster.'),
    lastAppliedRevision: text('Chart version that was last released with success.'),
    lastAttemptedConfigDigest: text('Of the values of the last try.'),
    lastAttemptedGeneration: count('Of the last try.'),
    lastAttemptedReleaseAction: text('install or upgrade.'),
    lastAttemptedReleaseActionDuration: text('How long it took.'),
    lastAttemptedRevision: text('Chart version of the last try.'),
    lastAttemptedRevisionDigest: text('Digest of an OCI chart.'),
    lastHandledForceAt: text('The last `forceAt` that was seen.'),
    lastHandledResetAt: text('The last `resetAt` that was seen.'),
    observedCommonMetadataDigest: text('Of `commonMetadata`.'),
    observedPostRenderersDigest: text('Of `postRenderers`.'),
  }),
});
