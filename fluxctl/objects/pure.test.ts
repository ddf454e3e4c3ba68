/** Tables of the parts that need no cluster. */
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { markOf, syncSetName } from '../../lib/wire/mod.ts';
import { notServed } from './cluster.ts';
import { isAbout, rowOf as eventRow } from './events.ts';
import { flagsOf, fluxdOf } from './fluxds.ts';
import { documentsOf, inventoryOf, storedRelease } from './inventory.ts';
import { fullName, isPaused, kinds } from './kinds.ts';
import type { FluxKind } from './kind.ts';
import { placeOf } from './local-files.ts';
import { kindsNamed, kindWords, select } from './names.ts';
import { ownersOf } from './owners.ts';
import { progressOf } from './ready.ts';
import { shortHashes } from './read.ts';
import { isNamed, wantedObjects } from './resources.ts';
import { headerOf, isSelected, parseStatusSelector, rowOf } from './rows.ts';
import { age, shortSpan } from './since.ts';
import { fluxTable } from './table.ts';
import { masked } from './sops-mask.ts';
import { drawn } from './tree.ts';

const hash = '0123456789abcdef0123456789abcdef01234567';
const now = new Date('2026-01-02T00:00:00Z');

function object(kind: string, more: Record<string, unknown> = {}, group = ''): KubeObject {
  const { metadata, ...rest } = more as { metadata?: object };
  const of = kinds.find((each) => each.kind === kind && (group === '' || each.group === group));
  const apiVersion = of === undefined ? 'v1' : `${of.group}/${of.version}`;
  return { apiVersion, kind, metadata: { name: 'a', namespace: 'n', ...metadata }, ...rest };
}

const kindOf = (name: string): FluxKind => {
  const [of] = kindsNamed(name);
  if (of === undefined) throw new Error(name);
  return of;
};

describe('words of the command line', () => {
  test.each([
    ['source git', ['GitRepository'], []],
    ['sources oci x', ['OCIRepository'], ['x']],
    ['image update a b', ['ImageUpdateAutomation'], ['a', 'b']],
    ['images policy', ['ImagePolicy'], []],
    ['ks web', ['Kustomization'], ['web']],
    ['Kustomization/web kustomization/api', ['Kustomization'], ['web', 'api']],
    ['hr podinfo', ['HelmRelease', 'HelmRelease'], ['podinfo']],
    ['helmrelease.helm.fluxcd.io podinfo', ['HelmRelease'], ['podinfo']],
    ['hr.helm.toolkit.fluxcd.io/podinfo', ['HelmRelease'], ['podinfo']],
    ['alert-provider chat', ['Provider'], ['chat']],
    ['gitrepo apps', ['GitRepository'], ['apps']],
    ['workloads', ['Deployment', 'DaemonSet', 'StatefulSet', 'CronJob'], []],
    ['sts/db', ['StatefulSet'], ['db']],
    ['source external', ['ExternalArtifact'], []],
    ['artifact generators a', ['ArtifactGenerator'], ['a']],
  ])('%s', (words, wanted, names) => {
    const found = select(words.split(' '));
    expect(found.kinds.map(({ kind }) => kind)).toEqual(wanted);
    expect(found.names).toEqual(names);
    expect(found.isAll).toBe(false);
  });

  test.each([
    ['', 'which kind?'],
    ['foo', 'unknown kind "foo"'],
    ['source', 'source of which kind? One of: oci, bucket, git, helm, chart, external, all'],
    ['image foo', 'image of which kind? One of: repository, policy, update, all'],
    ['ks/a b', 'KIND/NAME and KIND NAME cannot be mixed: b'],
    ['ks/a hr/b', 'one kind at a time: ks, not hr'],
  ])('"%s" is refused', (words, message) => {
    expect(() => select(words.split(' ').filter(Boolean))).toThrow(message);
  });

  test('all of a family, and all', () => {
    expect(select(['source', 'all']).kinds).toHaveLength(6);
    expect(select(['images', 'all']).kinds).toHaveLength(3);
    expect(select(['all']).kinds).toHaveLength(19);
  });

  test('no name stands for two kinds of one generation', () => {
    for (const of of kinds)
      for (const name of of.names)
        expect(
          kindsNamed(name).filter(({ generation }) => generation === of.generation),
          name,
        ).toEqual([of]);
    expect(new Set(kinds.map(fullName)).size).toBe(kinds.length);
    expect(kindWords()).toContain('kustomization');
  });
});

describe('tables', () => {
  test('are padded, with a tab behind each cell', () => {
    expect(
      fluxTable(
        ['Name', 'Message'],
        [
          ['a', 'one\ntwo'],
          ['long', ''],
        ],
      ),
    ).toBe('NAME\tMESSAGE \na   \tone    \t\n    \ttwo    \t\nlong\t       \t\n');
    expect(fluxTable(undefined, [['a', 'b']])).toBe('a\tb\t\n');
  });

  const plain = { namespaces: false, kinds: false, source: false, wide: false, now };
  const ready = (message: string, status = 'True') => ({
    conditions: [{ type: 'Ready', status, message }],
  });

  test.each([
    [
      'gitrepo',
      object('GitRepository', {
        spec: { suspend: true },
        status: { artifact: { revision: `main@sha1:${hash}` }, ...ready(`stored ${hash}`) },
      }),
      'Name,Revision,Suspended,Ready,Message',
      'a,main@sha1:01234567,True,True,stored 01234567',
    ],
    [
      'hc',
      object('HelmChart', { status: { artifact: { revision: '1.0.0' }, ...ready('packaged') } }),
      'Name,Revision,Suspended,Ready,Message',
      'a,1.0.0,False,True,packaged',
    ],
    [
      'helmrepo',
      object('HelmRepository', { spec: { type: 'oci' } }),
      'Name,Revision,Suspended,Ready,Message',
      'a,,False,True,Helm repository is Ready',
    ],
    [
      'helmrelease.helm.toolkit.fluxcd.io',
      object('HelmRelease', {
        status: { history: [{ chartVersion: '2.0.0' }], lastAttemptedRevision: '3.0.0' },
      }),
      'Name,Revision,Suspended,Ready,Message',
      'a,2.0.0,False,False,waiting to be reconciled',
    ],
    [
      'ks',
      object('Kustomization', {
        status: { lastAppliedRevision: `main@sha1:${hash}`, ...ready('x') },
      }),
      'Name,Revision,Suspended,Ready,Message',
      'a,main@sha1:01234567,False,True,x',
    ],
    ['alert', object('Alert'), 'Name,Suspended,Ready,Message', 'a,False,True,Alert is Ready'],
    ['provider', object('Provider'), 'Name,Ready,Message', 'a,True,Provider is Ready'],
    [
      'receiver',
      object('Receiver', { status: ready('x', 'False') }),
      'Name,Suspended,Ready,Message',
      'a,False,False,x',
    ],
    [
      'imgrepo',
      object('ImageRepository', {
        status: { lastScanResult: { scanTime: '2026-01-01T00:00:00Z' }, ...ready('y') },
      }),
      'Name,Last scan,Suspended,Ready,Message',
      'a,2026-01-01T00:00:00Z,False,True,y',
    ],
    [
      'imgpol',
      object('ImagePolicy', {
        status: { latestRef: { name: 'o/app', tag: '1.0' }, ...ready('z') },
      }),
      'Name,Image,Tag,Ready,Message',
      'a,o/app,1.0,True,z',
    ],
    [
      'iua',
      object('ImageUpdateAutomation', {
        status: { lastAutomationRunTime: '2026-01-01T00:00:00Z' },
      }),
      'Name,Last run,Suspended,Ready,Message',
      'a,2026-01-01T00:00:00Z,False,False,waiting to be reconciled',
    ],
    [
      'helmrelease.helm.fluxcd.io',
      object(
        'HelmRelease',
        {
          metadata: { annotations: { 'helm.fluxcd.io/suspend': 'true' } },
          status: {
            revision: hash,
            conditions: [{ type: 'Released', status: 'True', message: 'released' }],
          },
        },
        'helm.fluxcd.io',
      ),
      'Name,Revision,Suspended,Ready,Message',
      'a,01234567,True,True,released',
    ],
    [
      'deployment',
      object('Deployment', {
        metadata: {
          generation: 2,
          annotations: { 'fluxcd.io/automated': 'true', 'flux.weave.works/ignore': 'true' },
        },
        spec: { replicas: 2, template: { spec: { containers: [{ image: 'o/a:1' }] } } },
        status: { observedGeneration: 2, updatedReplicas: 2, readyReplicas: 1 },
      }),
      'Name,Images,Policy,Suspended,Ready,Message',
      'a,o/a:1,automated,True,False,2 of 2 updated, 1 ready',
    ],
    [
      'externalartifact',
      object('ExternalArtifact', {
        spec: { sourceRef: { kind: 'ArtifactGenerator', name: 'apps' } },
        status: { artifact: { revision: `latest@sha256:${hash}` }, ...ready('stored') },
      }),
      'Name,Revision,Source,Ready,Message',
      'a,latest@sha256:01234567,ArtifactGenerator//apps,True,stored',
    ],
  ])('of %s', (name, given, header, row) => {
    const of = kindOf(name);
    expect(headerOf(of, plain).join(',')).toBe(header);
    expect(rowOf(of, given, plain).join(',')).toBe(row);
  });

  test('say namespace, kind, source, place and age when they are asked to', () => {
    const of = kindOf('ks');
    const given = object('Kustomization', {
      metadata: { creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: { sourceRef: { kind: 'GitRepository', name: 'apps' } },
    });
    const all = { namespaces: true, kinds: true, source: true, wide: true, now };
    expect(headerOf(of, all)).toEqual(
      'Namespace,Name,Source,Revision,Suspended,Ready,Message,URL,Age'.split(','),
    );
    expect(rowOf(of, given, all)).toEqual(
      'n,kustomization/a,GitRepository/n/apps,,False,False,waiting to be reconciled,,24h'.split(
        ',',
      ),
    );
  });

  test.each([
    ['ready=true', true],
    ['READY=True', true],
    ['ready=false', false],
    ['ready!=true', false],
    ['stalled=true', false],
    ['stalled!=true', true],
    ['', true],
  ])('status selector %s', (text, fits) => {
    const given = object('Kustomization', { status: ready('x') });
    expect(isSelected(kindOf('ks'), given, parseStatusSelector(text))).toBe(fits);
  });

  test('a status selector without a sign is refused', () => {
    expect(() => parseStatusSelector('ready')).toThrow('but found: ready');
  });

  test('pausing by annotation and by spec', () => {
    expect(isPaused(kindOf('ks'), object('Kustomization', { spec: { suspend: true } }))).toBe(true);
    expect(isPaused(kindOf('ks'), object('Kustomization'))).toBe(false);
    const ignored = { metadata: { annotations: { 'fluxcd.io/ignore': 'sync_only' } } };
    expect(isPaused(kindOf('deploy'), object('Deployment', ignored))).toBe(true);
    const generator = (value: string) =>
      object('ArtifactGenerator', {
        metadata: { annotations: { 'source.extensions.fluxcd.io/reconcile': value } },
      });
    expect(isPaused(kindOf('ag'), generator('Disabled'))).toBe(true);
    expect(isPaused(kindOf('ag'), generator('true'))).toBe(false);
  });
});

test.each([
  [-5000, '<invalid>'],
  [0, '0s'],
  [119_000, '119s'],
  [120_000, '2m'],
  [125_000, '2m5s'],
  [600_000, '10m'],
  [3 * 3_600_000, '3h'],
  [3.5 * 3_600_000, '3h30m'],
  [9 * 3_600_000, '9h'],
  [47.9 * 3_600_000, '47h'],
  [50 * 3_600_000, '2d2h'],
  [9 * 86_400_000, '9d'],
  [731 * 86_400_000, '2y1d'],
  [3000 * 86_400_000, '8y'],
])('a span of %d ms is %s', (ms, shown) => {
  expect(shortSpan(ms)).toBe(shown);
});

test('ages and hashes', () => {
  expect(age('', now)).toBe('<unknown>');
  expect(age('2026-01-01T23:59:00Z', now)).toBe('60s');
  expect(shortHashes(`a ${hash} ${hash}0`)).toBe('a 01234567 01234567');
});

describe('how far controllers are', () => {
  const condition = (type: string, status: string, reason = '', observedGeneration = 2) => ({
    type,
    status,
    reason,
    message: `${type} says`,
    observedGeneration,
  });
  const of = (observedGeneration: number, ...conditions: unknown[]) =>
    object('Kustomization', {
      metadata: { generation: 2 },
      status: { observedGeneration, conditions },
    });
  test.each([
    ['nothing said yet', of(-1), 'working'],
    ['ready', of(2, condition('Ready', 'True')), 'ready'],
    ['ready without generations', of(2, condition('Ready', 'True', '', 0)), 'ready'],
    ['ready before the change', of(1, condition('Ready', 'True', '', 1)), 'working'],
    [
      'ready, and at it again',
      of(2, condition('Ready', 'True'), condition('Reconciling', 'True')),
      'working',
    ],
    ['unknown', of(2, condition('Ready', 'Unknown')), 'working'],
    ['failed', of(2, condition('Ready', 'False')), 'failed'],
    [
      'failed, to be tried again',
      of(1, condition('Ready', 'False'), condition('Reconciling', 'True', 'ProgressingWithRetry')),
      'failed',
    ],
    [
      'failed, at it',
      of(1, condition('Ready', 'False'), condition('Reconciling', 'True', 'Progressing')),
      'working',
    ],
    ['stalled', of(2, condition('Stalled', 'True')), 'failed'],
  ])('%s', (_, given, is) => {
    expect(progressOf(given).is).toBe(is);
  });
});

describe('whose an object is', () => {
  test.each([
    [
      {
        labels: {
          'kustomize.toolkit.fluxcd.io/name': 'web',
          'kustomize.toolkit.fluxcd.io/namespace': 'f',
        },
      },
      [{ by: 'kustomization', name: 'web', namespace: 'f' }],
    ],
    [
      { labels: { 'helm.toolkit.fluxcd.io/name': 'web' } },
      [{ by: 'helmrelease', name: 'web', namespace: 'n' }],
    ],
    [
      { annotations: { 'helm.fluxcd.io/antecedent': 'f:helmrelease/web' } },
      [{ by: 'operator', name: 'web', namespace: 'f' }],
    ],
    [{ annotations: { 'helm.fluxcd.io/antecedent': 'nonsense' } }, []],
    [
      { labels: { 'fluxcd.io/sync-gc-mark': 'sha256.x' } },
      [{ by: 'fluxd', mark: 'sha256.x', id: 'n:deployment/a' }],
    ],
    [
      { annotations: { 'fluxcd.io/sync-checksum': 'abc' } },
      [{ by: 'fluxd', mark: '', id: 'n:deployment/a' }],
    ],
    [{}, []],
  ])('%j', (metadata, owners) => {
    expect(ownersOf(object('Deployment', { metadata }))).toEqual(owners);
  });

  test('fluxd tells its repository by its flags', () => {
    expect(flagsOf(['--a=1', '--b', '2', '--c', '--a=3', 'x'])).toEqual(
      new Map([
        ['a', ['1', '3']],
        ['b', ['2']],
        ['c', ['true']],
      ]),
    );
    const args = [
      '--git-url=https://u:p@example.com/o/r',
      '--git-path=a,b',
      '--git-path=c',
      '--git-readonly',
    ];
    const given = object('Deployment', {
      spec: { template: { spec: { containers: [{ args: ['--x'] }, { args }] } } },
    });
    expect(fluxdOf(given)).toEqual({
      namespace: 'n',
      name: 'a',
      url: expect.not.stringContaining('u:p@') as unknown,
      branch: 'master',
      paths: ['a', 'b', 'c'],
      syncTag: 'flux-sync',
      stateSecret: 'flux-git-deploy',
    });
    expect(fluxdOf(object('Deployment', { spec: {} }))).toBeUndefined();
    expect(markOf(syncSetName('u', 'master', ['a']), 'n:deployment/a')).toMatch(/^sha256\./);
  });
});

test('inventories, releases and manifests', () => {
  const entries = [
    { id: 'n_a_apps_Deployment', v: 'v1' },
    { id: '_system__x_rbac.authorization.k8s.io_ClusterRole', v: 'v1' },
    { id: 'nonsense', v: 'v1' },
  ];
  expect(inventoryOf(object('Kustomization', { status: { inventory: { entries } } }))).toEqual([
    { namespace: 'n', name: 'a', group: 'apps', kind: 'Deployment', version: 'v1' },
    {
      namespace: '',
      name: 'system:x',
      group: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      version: 'v1',
    },
  ]);
  const history = [
    { name: 'r', namespace: 't', version: 1 },
    { name: 'r', namespace: 't', version: 2 },
  ];
  expect(
    storedRelease(object('HelmRelease', { status: { history, storageNamespace: 's' } })),
  ).toEqual({ releaseName: 'r', namespace: 't', storageNamespace: 's', revision: 2 });
  expect(storedRelease(object('HelmRelease'))).toBeUndefined();
  const older = { apiVersion: 'helm.fluxcd.io/v1', spec: { targetNamespace: 't' } };
  expect(storedRelease({ ...object('HelmRelease'), ...older })).toEqual({
    releaseName: 'n-t-a',
    namespace: 't',
  });
  expect(
    documentsOf(
      'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: A, metadata: {name: x}}\n---\n# nothing\n---\n{apiVersion: v1, kind: B, metadata: {name: y}}\n',
    ).map(({ kind }) => kind),
  ).toEqual(['A', 'B']);
});

test('kinds that are not there are named by their group', () => {
  const of = ['gitrepo', 'ks', 'hc'].map(kindOf);
  expect(notServed(of)).toBe(
    'the cluster has no GitRepository, HelmChart (source.toolkit.fluxcd.io/v1); Kustomization (kustomize.toolkit.fluxcd.io/v1)',
  );
});

test('a tree is drawn', () => {
  const id = (name: string) => ({ namespace: 'n', name, group: '', kind: 'K' });
  const leaf = (name: string) => ({ id: id(name), children: [] });
  const inner = { id: id('b'), children: [leaf('c'), leaf('d')] };
  expect(drawn({ id: id('a'), children: [inner, leaf('e')] })).toBe(
    'K/n/a\n├── K/n/b\n│   ├── K/n/c\n│   └── K/n/d\n└── K/n/e\n',
  );
});

test.each([
  ['/r/deploy/web', './deploy/web', '/r', 'deploy/web'],
  ['/r/deploy/web', './web', '/r/deploy', 'web'],
  ['/deploy/web', 'deploy/web/', '/', 'deploy/web'],
  ['/r/other', './deploy/web', '/r/other', ''],
  ['/r', './', '/r', ''],
  ['/r/x', '../x', '/r/x', ''],
])('%s stands for %s in %s', (folder, path, root, within) => {
  expect(placeOf(folder, path)).toEqual({ root, path: within });
});

describe('objects by what kubectl calls them', () => {
  test.each([
    ['deploy web api', ['deploy web', 'deploy api']],
    ['pod/a cm/b', ['pod a', 'cm b']],
  ])('%s', (args, wanted) => {
    expect(
      wantedObjects(args.split(' ')).map(({ resource, name }) => `${resource} ${name}`),
    ).toEqual(wanted);
  });
  test.each(['', 'pod', 'pod/', 'pod/a b', 'pod a/b', 'pod/a/b'])('"%s" is refused', (args) => {
    expect(() => wantedObjects(args.split(' ').filter(Boolean))).toThrow(
      'is required as an argument',
    );
  });
  test.each([
    ['Deployment', true],
    ['deployments', true],
    ['deploy', true],
    ['deploy.apps', true],
    ['deployments.v1.apps', true],
    ['deploy.batch', false],
    ['pod', false],
  ])('%s', (word, fits) => {
    const type = {
      group: 'apps',
      version: 'v1',
      kind: 'Deployment',
      resource: 'deployments',
      shortNames: ['deploy'],
      namespaced: true,
      verbs: [],
    };
    expect(isNamed(type, word)).toBe(fits);
  });
});

test('events are told by kind and group, with how often they came', () => {
  const event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace: 'n' },
    involvedObject: { apiVersion: 'helm.fluxcd.io/v1', kind: 'HelmRelease', name: 'a' },
    type: 'Normal',
    reason: 'ReleaseSynced',
    message: 'm',
    count: 3,
    firstTimestamp: '2026-01-01T22:00:00Z',
    lastTimestamp: '2026-01-01T23:59:00Z',
  };
  const about = (name: string, called: string, namespace: string) =>
    isAbout(event, { kinds: kindsNamed(name), name: called, namespace });
  expect(about('hr', 'a', 'n')).toBe(true);
  expect(about('hr', '', '')).toBe(true);
  expect(about('hr', 'b', 'n')).toBe(false);
  expect(about('hr', 'a', 'm')).toBe(false);
  expect(about('hr.helm.toolkit.fluxcd.io', 'a', 'n')).toBe(false);
  expect(eventRow(event, true, now)).toEqual(
    'n,60s (x3 over 120m),Normal,ReleaseSynced,HelmRelease/a,m'.split(','),
  );
});

describe('what SOPS has encrypted', () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const secret = (more: Record<string, unknown>) => object('Secret', more);
  const sops = { mac: 'ENC[AES256_GCM,data:x]' };

  test.each([
    [
      'as a whole',
      { data: { a: 'x' }, stringData: { b: 'y' }, sops },
      { data: { a: base64('**SOPS**') }, stringData: { b: '**SOPS**' } },
    ],
    [
      'as a whole, of a registry',
      { type: 'kubernetes.io/dockerconfigjson', data: { a: 'x' }, sops },
      { type: 'kubernetes.io/dockerconfigjson', data: { a: base64('{"mask":"**SOPS**"}') } },
    ],
    [
      'a file in it',
      { data: { a: base64('x: ENC[y]\nsops: {}'), b: base64('clear') } },
      { data: { a: base64('**SOPS**'), b: base64('clear') } },
    ],
    ['nothing', { stringData: { a: 'sops' } }, { stringData: { a: 'sops' } }],
  ])('%s', (_, given, wanted) => {
    expect(masked(secret(given))).toEqual(secret(wanted));
  });

  test('is hidden in Secrets only', () => {
    const given = object('ConfigMap', { data: { a: 'sops ENC[' } });
    expect(masked(given)).toBe(given);
  });
});
