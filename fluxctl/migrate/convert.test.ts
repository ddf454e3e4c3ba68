import { describe, expect, test } from 'vitest';
import type { HelmRelease, HelmReleaseSpec } from '../../lib/objects/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';
import { gitRefOf, givenSourceOf } from './chart-source.ts';
import { convertRelease } from './convert-release.ts';
import { distinctNames, nameOfUrl, objectName } from './names.ts';
import { planReleases } from './releases.ts';
import { planSync, readFluxd } from './sync.ts';
import { takeNotes } from './notes.ts';
import { policyOf } from './tag-policy.ts';

const options = {
  defaultRef: 'master',
  interval: '3m0s',
  gitInterval: '5m0s',
  helmInterval: '3m0s',
};
const git = { git: 'https://example.com/charts', path: 'charts/app' };
const repository = { repository: 'https://charts.example.com/', name: 'app', version: '1.x' };
const hr = (
  spec: Partial<HelmReleaseSpec>,
  annotations: Record<string, string> = {},
  name = 'web',
): HelmRelease => ({
  apiVersion: 'helm.fluxcd.io/v1',
  kind: 'HelmRelease',
  metadata: { namespace: 'apps', name, annotations },
  spec: { chart: repository, ...spec },
});
const specOf = (release: HelmRelease): Record<string, unknown> => {
  const { spec } = convertRelease(release, options).object('source');
  return isRecord(spec) ? spec : {};
};
const notesOf = (release: HelmRelease) =>
  convertRelease(release, options).notes.list.map(({ level, text }) => `${level}: ${text}`);

test.each([
  {
    why: 'a retired repository has another address',
    chart: { ...repository, repository: 'https://kubernetes-charts.storage.googleapis.com/' },
    want: { kind: 'HelmRepository', url: 'https://charts.helm.sh/stable' },
  },
  {
    why: 'an address that only git understands stays',
    chart: {
      git: 'git@example.com:you/charts',
      path: './app/',
      secretRef: { name: 'key', namespace: 'keys' },
    },
    want: {
      kind: 'GitRepository',
      namespace: 'keys',
      url: 'git@example.com:you/charts',
      refText: 'master',
      chart: 'app',
    },
  },
  {
    why: 'a chart without a version is nowhere',
    chart: { repository: 'https://x' },
    want: undefined,
  },
])('where the operator looks for a chart: $why', ({ chart, want }) => {
  const found = givenSourceOf(hr({ chart }), 'master');
  if (want === undefined) expect(found).toBeUndefined();
  else expect(found).toMatchObject(want);
});

describe('fields of a HelmRelease', () => {
  test.each<{ v1: Partial<HelmReleaseSpec>; v2: Record<string, unknown> }>([
    { v1: {}, v2: { releaseName: 'apps-web', maxHistory: 10, interval: '3m0s' } },
    {
      v1: {},
      v2: { install: { disableWait: true, crds: 'Create', remediation: { retries: -1 } } },
    },
    { v1: {}, v2: { upgrade: { disableWait: true, crds: 'Skip' } } },
    { v1: { releaseName: 'web' }, v2: { releaseName: 'web' } },
    {
      v1: { targetNamespace: 'prod' },
      v2: { releaseName: 'apps-prod-web', targetNamespace: 'prod', storageNamespace: 'prod' },
    },
    {
      v1: { targetNamespace: 'apps' },
      v2: { releaseName: 'apps-web' },
    },
    { v1: { maxHistory: 0 }, v2: { maxHistory: 0 } },
    { v1: { timeout: 600 }, v2: { timeout: '600s' } },
    {
      v1: { wait: true, skipCRDs: true, disableOpenAPIValidation: true },
      v2: {
        install: {
          disableWaitForJobs: true,
          disableOpenAPIValidation: true,
          crds: 'Skip',
          remediation: { retries: -1 },
        },
      },
    },
    {
      v1: { forceUpgrade: true, resetValues: false },
      v2: { upgrade: { disableWait: true, crds: 'Skip', force: true, preserveValues: true } },
    },
    {
      v1: { rollback: { enable: true } },
      v2: {
        upgrade: {
          disableWaitForJobs: true,
          crds: 'Skip',
          remediation: { retries: 0, remediateLastFailure: true },
        },
        rollback: { disableWait: true },
      },
    },
    {
      v1: { rollback: { enable: true, retry: true, timeout: 9, wait: true, force: true } },
      v2: {
        upgrade: {
          disableWaitForJobs: true,
          crds: 'Skip',
          remediation: { retries: 5, remediateLastFailure: true },
        },
        rollback: { disableWaitForJobs: true, timeout: '9s', force: true },
      },
    },
    {
      v1: { wait: false, rollback: { enable: true, retry: true, maxRetries: 0 } },
      v2: {
        upgrade: {
          disableWait: true,
          crds: 'Skip',
          remediation: { retries: -1, remediateLastFailure: true },
        },
      },
    },
    {
      v1: { test: { enable: true, ignoreFailures: true, timeout: 30 } },
      v2: { test: { enable: true, ignoreFailures: true, timeout: '30s' } },
    },
    {
      v1: {
        valueFileSecrets: [{ name: 'old' }],
        valuesFrom: [
          { configMapKeyRef: { name: 'a' } },
          { secretKeyRef: { name: 'b', key: 'k.yaml', optional: true } },
        ],
        values: { x: 1 },
      },
      v2: {
        valuesFrom: [
          { kind: 'Secret', name: 'old' },
          { kind: 'ConfigMap', name: 'a' },
          { kind: 'Secret', name: 'b', valuesKey: 'k.yaml', optional: true },
        ],
        values: { x: 1 },
      },
    },
    {
      v1: {},
      v2: {
        chart: {
          spec: {
            chart: 'app',
            version: '1.x',
            sourceRef: { kind: 'HelmRepository', name: 'source' },
          },
        },
      },
    },
    {
      v1: { chart: git, valuesFrom: [{ chartFileRef: { path: './prod.yaml', optional: true } }] },
      v2: {
        chart: {
          spec: {
            chart: 'charts/app',
            sourceRef: { kind: 'GitRepository', name: 'source' },
            reconcileStrategy: 'Revision',
            valuesFiles: ['charts/app/values.yaml', 'charts/app/prod.yaml'],
            ignoreMissingValuesFiles: true,
          },
        },
      },
    },
  ])('$v1', ({ v1, v2 }) => {
    const spec = specOf(hr(v1));
    expect(Object.fromEntries(Object.keys(v2).map((key) => [key, spec[key]]))).toEqual(v2);
  });

  test('annotations of the operator', () => {
    const spec = specOf(
      hr(
        {},
        {
          'helm.fluxcd.io/suspend': 'true',
          'helm.fluxcd.io/depends-on': 'db, infra/ingress',
          'helm.fluxcd.io/drift-detection': 'correct',
          'helm.fluxcd.io/drift-ignore': 'Deployment/*:/spec/replicas',
          'helm.fluxcd.io/service-account': 'deployer',
        },
      ),
    );
    expect(spec).toMatchObject({
      suspend: true,
      dependsOn: [{ name: 'db' }, { namespace: 'infra', name: 'ingress' }],
      driftDetection: {
        mode: 'enabled',
        ignore: [{ paths: ['/spec/replicas'], target: { kind: 'Deployment' } }],
      },
      serviceAccountName: 'deployer',
    });
  });

  test('labels of the tools that apply it stay behind', () => {
    const release = hr({});
    release.metadata.labels = { team: 'a', 'fluxcd.io/sync-gc-mark': 'x' };
    expect(convertRelease(release, options).object('s').metadata.labels).toEqual({ team: 'a' });
  });

  test.each<{ v1: Partial<HelmReleaseSpec>; said: RegExp }>([
    { v1: { helmVersion: 'v2' }, said: /^refusal: releases of Helm 2/ },
    { v1: { chart: {} }, said: /^refusal: the chart has no source/ },
    {
      v1: { chart: { ...repository, repository: 'file:///x' } },
      said: /^refusal: a HelmRepository/,
    },
    { v1: { chart: { ...git, git: 'git://example.com/x' } }, said: /^refusal: a GitRepository/ },
    { v1: { releaseName: 'x'.repeat(54) }, said: /^refusal: .* longer than 53/ },
    { v1: { values: { sops: {} } }, said: /^refusal: spec.values are encrypted/ },
    {
      v1: { valuesFrom: [{ externalSourceRef: { url: 'https://x' } }] },
      said: /^refusal: .*keep a copy of the file in a ConfigMap/,
    },
    {
      v1: { valuesFrom: [{ chartFileRef: { path: 'x' } }] },
      said: /^refusal: .*needs a chart from Git/,
    },
    {
      v1: {
        chart: git,
        valuesFrom: [{ configMapKeyRef: { name: 'a' } }, { chartFileRef: { path: 'x' } }],
      },
      said: /^refusal: .*comes after ConfigMaps/,
    },
    {
      v1: { valuesFrom: [{ configMapKeyRef: { name: 'a', namespace: 'b' } }] },
      said: /^warning: .*copy it there/,
    },
    {
      v1: { chart: { ...git, git: 'git@example.com:a/b' } },
      said: /^warning: .*ssh-keyscan example.com/,
    },
    { v1: { chart: { ...git, ref: 'v1.2' } }, said: /^warning: chart.ref v1.2 is taken for a tag/ },
    { v1: { chart: { ...git, ref: '0123456' } }, said: /^warning: .*has to be given in full/ },
    { v1: { chart: { ...git, skipDepUpdate: true } }, said: /^warning: skipDepUpdate/ },
    { v1: { rollback: { enable: true, recreate: true } }, said: /^warning: rollback.recreate/ },
  ])('says what to do: $said', ({ v1, said }) => {
    expect(notesOf(hr(v1))).toContainEqual(expect.stringMatching(said));
  });
});

describe('sources', () => {
  test.each([
    { ref: 'main', is: { branch: 'main' } },
    { ref: 'refs/heads/v1.2', is: { branch: 'v1.2' } },
    { ref: 'refs/tags/x', is: { tag: 'x' } },
    { ref: 'v1.2.3', is: { tag: 'v1.2.3' } },
    { ref: '0'.repeat(40), is: { commit: '0'.repeat(40) } },
  ])('$ref', ({ ref, is }) => {
    expect(gitRefOf(ref)).toEqual(is);
  });

  test('one for each URL and ref of a namespace', () => {
    const plan = planReleases(
      [
        hr({ chart: git }, {}, 'a'),
        hr({ chart: { ...git, path: 'charts/other' } }, {}, 'b'),
        hr({ chart: { ...git, ref: 'next' } }, {}, 'c'),
        hr({ chart: repository }, {}, 'd'),
      ],
      options,
    );
    expect(plan.map(({ sourceObject }) => sourceObject?.metadata.name)).toEqual([
      'example-com-charts',
      'example-com-charts',
      'example-com-charts-next',
      'charts-example-com',
    ]);
    expect(plan[0]?.sourceObject).toBe(plan[1]?.sourceObject);
  });

  test('those of another namespace have the same names', () => {
    const other = hr({ chart: git }, {}, 'b');
    other.metadata.namespace = 'other';
    const plan = planReleases([hr({ chart: git }, {}, 'a'), other], options);
    expect(plan.map(({ sourceObject }) => sourceObject?.metadata)).toEqual([
      { name: 'example-com-charts', namespace: 'apps' },
      { name: 'example-com-charts', namespace: 'other' },
    ]);
  });

  test('two HelmReleases of one release are refused', () => {
    const plan = planReleases(
      [hr({ releaseName: 'x' }, {}, 'a'), hr({ releaseName: 'x' }, {}, 'b')],
      options,
    );
    expect(plan.map(({ converted }) => converted.notes.list.map(({ level }) => level))).toEqual([
      [],
      ['refusal'],
    ]);
  });

  test('names are short, and apart from one another', () => {
    expect(nameOfUrl('ssh://git@github.com/fluxcd/flux-get-started.git')).toBe(
      'github-com-fluxcd-flux-get-started',
    );
    const long = objectName('x'.repeat(80));
    expect(long).toMatch(/^x{44}-[0-9a-f]{8}$/);
    const names = distinctNames(['a/b', 'a-b'], nameOfUrl, (url) => url);
    expect(new Set(names.values()).size).toBe(2);
  });
});

describe('filters of tags', () => {
  test.each([
    { filter: 'semver:~1.2', spec: { policy: { semver: { range: '~1.2' } } } },
    {
      filter: 'glob:main-*',
      spec: {
        filterTags: { pattern: '^main-(?P<rest>.*)$', extract: '$rest' },
        policy: { alphabetical: { order: 'asc' } },
      },
    },
    {
      filter: 'glob:a.b-*-c*',
      spec: {
        filterTags: { pattern: '^a\\.b-.*-c(?P<rest>.*)$', extract: '$rest' },
        policy: { alphabetical: { order: 'asc' } },
      },
    },
    {
      filter: 'glob:stable',
      spec: {
        filterTags: { pattern: '^stable$' },
        policy: { alphabetical: { order: 'asc' } },
      },
    },
    {
      filter: 'regex:^v[0-9]+$',
      spec: {
        filterTags: { pattern: '^v[0-9]+$' },
        policy: { alphabetical: { order: 'asc' } },
      },
    },
  ])('$filter', ({ filter, spec }) => {
    expect(policyOf(filter).spec).toEqual(spec);
  });

  test('what v1 chose by build time is said; what cannot be read is refused', () => {
    expect(policyOf('glob:main-*').caveat).toContain('leave this workload with fluxd');
    expect(policyOf('semver:1').caveat).toBeUndefined();
    expect(policyOf('semver:nonsense!').problem).toContain('cannot be read');
  });
});

test('fluxd’s flags become GitRepository, Kustomizations and automation, all suspended', () => {
  const container = {
    args: [
      '--git-url=git@example.com:you/config',
      '--git-branch=main',
      '--git-path=namespaces,releases',
      '--git-poll-interval=1m',
      '--sync-garbage-collection',
    ],
  };
  const settings = readFluxd({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'flux' },
    spec: { template: { spec: { containers: [container] } } },
  });
  if (settings === undefined) throw new Error('no settings');
  const notes = takeNotes();
  const objects = planSync(settings, 'flux-system', true, notes);
  expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.name ?? ''}`)).toEqual([
    'GitRepository example-com-you-config',
    'Kustomization example-com-you-config-namespaces',
    'Kustomization example-com-you-config-releases',
    'ImageUpdateAutomation example-com-you-config-namespaces',
    'ImageUpdateAutomation example-com-you-config-releases',
  ]);
  expect(objects[1]?.['spec']).toMatchObject({ suspend: true, path: './namespaces', prune: true });
  expect(notes.list.map(({ text }) => text)).toContainEqual(
    expect.stringContaining('ssh-keyscan example.com'),
  );
});
