/** The definition of Kustomization (spec §4.1). Pure. */
import { definitionOf, readyColumns } from './definition.ts';
import { dependsOn, healthCheckExprs } from './health.ts';
import { kubeConfig } from './kube-config.ts';
import { kustomizeFields, selectorSchema } from './kustomize-fields.ts';
import {
  choice,
  count,
  duration,
  flag,
  list,
  nameRef,
  object,
  statusOf,
  suspend,
  text,
  textMap,
} from './schema.ts';
import type { Schema } from './schema.ts';

const texts = (description: string) => list(description, { type: 'string' });
const namespace = text('Its namespace; that of the Kustomization when empty.');

const spec: Readonly<Record<string, Schema>> = {
  interval: duration('How often what was applied is looked at again.'),
  retryInterval: duration('How soon after a failure; `interval` when empty.'),
  timeout: duration('Limit of applying and of waiting for health; at least 30s.'),
  sourceRef: object(
    'Where the files come from.',
    {
      apiVersion: text('Version of the source.'),
      kind: choice('Kind of the source.', [
        'GitRepository',
        'OCIRepository',
        'Bucket',
        'ExternalArtifact',
      ]),
      name: text('Name of the source.'),
      namespace,
    },
    ['kind', 'name'],
  ),
  path: text('Folder of the source; its root when empty.'),
  prune: flag('Delete what is no longer among the manifests.'),
  deletionPolicy: choice('What becomes of applied objects when the Kustomization is deleted.', [
    'MirrorPrune',
    'Delete',
    'WaitForTermination',
    'Orphan',
  ]),
  wait: flag('Wait until every applied object is healthy; `healthChecks` are not looked at then.'),
  force: flag('Create objects anew whose fields cannot be changed.', { default: false }),
  suspend,
  dependsOn: dependsOn('Kustomization'),
  healthChecks: list(
    'Objects that have to be healthy.',
    object(
      'An object.',
      {
        apiVersion: text('Its version; `apps/v1` when empty.'),
        kind: text('Its kind.'),
        name: text('Its name.'),
        namespace: text('Its namespace.'),
      },
      ['kind', 'name'],
    ),
  ),
  healthCheckExprs,
  commonMetadata: object('What every applied object gets.', {
    labels: textMap('Labels.'),
    annotations: textMap('Annotations.'),
  }),
  namePrefix: text('In front of the names of all objects.', { minLength: 1, maxLength: 200 }),
  nameSuffix: text('Behind the names of all objects.', { minLength: 1, maxLength: 200 }),
  targetNamespace: text('Namespace of all objects.', { minLength: 1, maxLength: 63 }),
  components: texts('Folders of components that are added.'),
  ignoreMissingComponents: flag('Pass over components that are not there.'),
  buildMetadata: list('What objects say of how they came about.', {
    type: 'string',
    enum: ['originAnnotations', 'transformerAnnotations'],
  }),
  ...kustomizeFields,
  postBuild: object('What is done with manifests after the build.', {
    substitute: textMap('Variables by name.'),
    substituteFrom: list(
      'ConfigMaps and Secrets whose keys are variables.',
      object(
        'A ConfigMap or a Secret.',
        {
          kind: choice('Which of both.', ['Secret', 'ConfigMap']),
          name: text('Its name.', { minLength: 1, maxLength: 253 }),
          optional: flag('It need not be there.', { default: false }),
        },
        ['kind', 'name'],
      ),
    ),
    substituteStrategy: choice('Whether variables are replaced when none is given.', [
      'WithVariables',
      'Always',
    ]),
  }),
  decryption: object(
    'How encrypted files are read.',
    {
      provider: choice('The program that encrypted them.', ['sops']),
      secretRef: nameRef('Secret with `*.agekey` and `*.asc`.'),
      serviceAccountName: text('Whose identity in a cloud opens keys that are kept there.'),
    },
    ['provider'],
  ),
  serviceAccountName: text('Whose rights are used.'),
  kubeConfig: kubeConfig('Another cluster.'),
  ignore: list(
    'Fields that others are welcome to change.',
    object('A rule.', { paths: texts('JSON pointers.'), target: selectorSchema }, ['paths']),
  ),
  validation: choice('Accepted, and without effect: the server validates.', [
    'none',
    'client',
    'server',
  ]),
};

export const kustomization = definitionOf({
  group: 'kustomize.toolkit.fluxcd.io',
  kind: 'Kustomization',
  plural: 'kustomizations',
  shortNames: ['ks'],
  categories: ['all', 'fluxcd', 'fluxcd-appliers'],
  versions: ['v1', 'v1beta2', 'v1beta1'],
  columns: readyColumns,
  description: 'Manifests of a source, built by kustomize and applied.',
  spec: object('What is wanted.', spec, ['interval', 'prune', 'sourceRef']),
  status: statusOf({
    lastAppliedRevision: text('Revision that was applied last.'),
    lastAppliedOriginRevision: text('Where that revision comes from.'),
    lastAttemptedRevision: text('Revision that was tried last.'),
    inventory: object(
      'What was applied.',
      {
        entries: list(
          'Objects.',
          object(
            'An object.',
            {
              id: text('`<namespace>_<name>_<group>_<kind>`'),
              v: text('Its version.'),
            },
            ['id', 'v'],
          ),
        ),
      },
      ['entries'],
    ),
    history: list(
      'What was tried lately, the newest first.',
      object(
        'Attempts with the same manifests and the same end.',
        {
          digest: text('Of the manifests.'),
          firstReconciled: text('The first of them.', { format: 'date-time' }),
          lastReconciled: text('The last of them.', { format: 'date-time' }),
          lastReconciledDuration: text('How long the last took.'),
          lastReconciledStatus: text('Reason of the Ready condition.'),
          totalReconciliations: { ...count('How many.'), format: 'int64' },
          metadata: textMap('Revisions.'),
        },
        [
          'digest',
          'firstReconciled',
          'lastReconciled',
          'lastReconciledDuration',
          'lastReconciledStatus',
          'totalReconciliations',
        ],
      ),
    ),
  }),
});
