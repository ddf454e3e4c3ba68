/** Fields of HelmRelease beyond the plain life of a release: what objects become, and when they count as ready. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHelmEngine } from '../lib/helm/action/mod.ts';
import type { HelmEngine } from '../lib/helm/action/mod.ts';
import { systemClock } from '../lib/runtime/mod.ts';
import {
  namespace,
  refOf,
  smallChart,
  smallRelease,
  startChartServer,
  startStage,
} from './_harness.ts';
import type { ChartServer, Stage } from './_harness.ts';
import { Fields } from './runtime/mod.ts';

let stage: Stage;
let charts: ChartServer;
let engine: HelmEngine;
const hook = `apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-hook, annotations: {helm.sh/hook: pre-install}}
`;

const database = `apiVersion: example.com/v1
kind: Database
metadata: {name: {{ .Release.Name }}}
`;
const databases = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'databases.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: {
      plural: 'databases',
      singular: 'database',
      kind: 'Database',
      listKind: 'DatabaseList',
    },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    ],
  },
};

beforeAll(async () => {
  stage = await startStage();
  charts = await startChartServer();
  await charts.publish(smallChart('1.0.0', { 'templates/hook.yaml': hook }));
  await charts.publish(smallChart('2.0.0', { 'templates/database.yaml': database }));
  await stage.apply(databases);
  stage.kube.invalidateDiscovery();
  engine = createHelmEngine({ kube: stage.kube, clock: systemClock, log: () => undefined });
  await stage.apply({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'HelmRepository',
    metadata: { namespace, name: 'charts' },
    spec: { interval: '1m', url: charts.url },
  });
}, 60_000);
afterAll(async () => {
  await stage.close();
  await charts.close();
});

describe('postRenderers', () => {
  const patched = (text: string) => ({
    postRenderers: [
      {
        kustomize: {
          patches: [
            {
              target: { kind: 'ConfigMap' },
              patch: `[{"op": "add", "path": "/data", "value": {"text": "${text}"}}]`,
            },
          ],
        },
      },
    ],
  });
  const textOf = async (name: string) =>
    new Fields(await stage.kube.get(refOf('ConfigMap', name))).at('data').text('text');

  test('change objects and hooks; another patch is another revision', async () => {
    await stage.apply(smallRelease('patched', '1.0.0', patched('one')));
    await stage.says('HelmRelease', 'patched', 'Ready', 'InstallSucceeded');
    expect([await textOf('patched-map'), await textOf('patched-hook')]).toEqual(['one', 'one']);
    const release = await engine.latest({ namespace, releaseName: 'patched' });
    expect(release?.manifest).toMatch(/^---\n# Source: small\/templates\/map\.yaml\n/);
    expect(release?.manifest).not.toContain('postrender');

    await stage.apply(smallRelease('patched', '1.0.0', patched('two')));
    expect(await stage.says('HelmRelease', 'patched', 'Ready', 'UpgradeSucceeded')).toContain(
      'apps/patched.v2',
    );
    expect(await textOf('patched-map')).toBe('two');
    const live = await stage.kube.get(refOf('HelmRelease', 'patched'));
    expect(new Fields(live?.['status']).text('observedPostRenderersDigest')).toMatch(/^sha256:/);
  }, 30_000);

  test('nohooks leaves hooks as they are', async () => {
    const spec = { ...patched('one'), postRenderStrategy: 'nohooks' };
    await stage.apply(smallRelease('plain', '1.0.0', spec));
    await stage.says('HelmRelease', 'plain', 'Ready', 'InstallSucceeded');
    expect(await textOf('plain-map')).toBe('one');
    const live = await stage.kube.get(refOf('ConfigMap', 'plain-hook'));
    expect([live?.['data'], live?.metadata.labels]).toEqual([undefined, undefined]);
  }, 30_000);

  test('a patch that fits nothing is a failed install, without a revision', async () => {
    const patch = 'apiVersion: v1\nkind: Service\nmetadata: {name: none}\n';
    const spec = { postRenderers: [{ kustomize: { patches: [{ patch }] } }] };
    await stage.apply(smallRelease('unfit', '1.0.0', spec));
    expect(await stage.says('HelmRelease', 'unfit', 'Ready', 'InstallFailed')).toBe(
      'False Helm install failed for release apps/unfit with chart small@1.0.0: error while running post render on files: no resource matches strategic merge patch "Service.v1.[noGrp]/none.[noNs]": no matches for Id Service.v1.[noGrp]/none.[noNs]; failed to find unique target for patch Service.v1.[noGrp]/none.[noNs]',
    );
    expect(await engine.history({ namespace, releaseName: 'unfit' })).toEqual([]);
  }, 30_000);
});

describe('readyExpr', () => {
  const after = (name: string, readyExpr: string) =>
    smallRelease(name, '1.0.0', { dependsOn: [{ name: 'first', readyExpr }] });
  const label = (value: string) =>
    stage.kube.patch(refOf('HelmRelease', 'first'), 'merge', {
      metadata: { labels: { version: value } },
    });

  test('takes the place of the ready condition, and is asked again when the dependency changes', async () => {
    await stage.apply({
      ...smallRelease('first', '9.9.9'),
      metadata: { namespace, name: 'first' },
    });
    await stage.apply(after('second', "dep.metadata.?labels.?version.orValue('') == '2'"));
    expect(await stage.says('HelmRelease', 'second', 'Ready', 'DependencyNotReady')).toBe(
      "False dependency 'apps/first' is not ready according to readyExpr eval",
    );
    await label('2');
    await stage.says('HelmRelease', 'second', 'Ready', 'InstallSucceeded');
  }, 30_000);

  test('one that never can be answered stalls', async () => {
    await stage.apply(after('wrong', 'dep.'));
    const message = await stage.says('HelmRelease', 'wrong', 'Stalled', 'InvalidCELExpression');
    expect(message).toMatch(
      /^True Reconciliation failed terminally due to configuration error: terminal error: failed to evaluate dependency first: failed to parse the CEL expression 'dep\.': /,
    );
    expect(await stage.says('HelmRelease', 'wrong', 'Ready', 'InvalidCELExpression')).toBe(
      message.replace(/^True/, 'False'),
    );
  }, 30_000);
});

describe('waiting', () => {
  const expression = (of: string) => ({
    apiVersion: 'example.com/v1',
    kind: 'Database',
    current: `status.phase == '${of}'`,
    failed: "status.phase == 'Bad'",
  });
  const setPhase = async (name: string, phase: string) => {
    const ref = { apiVersion: 'example.com/v1', kind: 'Database', namespace, name };
    for (;;) {
      if ((await stage.kube.get(ref)) !== undefined) break;
      await systemClock.sleep(25);
    }
    await stage.kube.patch(ref, 'merge', { status: { phase } });
  };

  test('a custom resource is waited for as an expression says', async () => {
    const spec = { timeout: '10s', healthCheckExprs: [expression('Good')] };
    await stage.apply(smallRelease('awaited', '2.0.0', spec));
    await setPhase('awaited', 'Slow');
    await stage.says('HelmRelease', 'awaited', 'Ready', 'Progressing');
    await setPhase('awaited', 'Good');
    await stage.says('HelmRelease', 'awaited', 'Ready', 'InstallSucceeded');
  }, 30_000);

  test('one without hope fails at once', async () => {
    await stage.apply(
      smallRelease('hopeless', '2.0.0', { healthCheckExprs: [expression('Good')] }),
    );
    await setPhase('hopeless', 'Bad');
    expect(await stage.says('HelmRelease', 'hopeless', 'Ready', 'InstallFailed')).toBe(
      "False Helm install failed for release apps/hopeless with chart small@2.0.0: failed early due to stalled resources: [Database/apps/hopeless status: 'Failed']",
    );
  }, 30_000);

  test('legacy does not look at custom resources', async () => {
    const spec = { waitStrategy: { name: 'legacy' }, healthCheckExprs: [expression('Good')] };
    await stage.apply(smallRelease('passed', '2.0.0', spec));
    await stage.says('HelmRelease', 'passed', 'Ready', 'InstallSucceeded');
  }, 30_000);

  test('an expression without `current` stalls before anything is done', async () => {
    const wrong = { apiVersion: 'example.com/v1', kind: 'Database', current: 'status.' };
    await stage.apply(smallRelease('unsaid', '2.0.0', { healthCheckExprs: [wrong] }));
    expect(await stage.says('HelmRelease', 'unsaid', 'Stalled', 'InvalidCELExpression')).toMatch(
      /^True Reconciliation failed terminally due to configuration error: failed to create custom status evaluator for healthchecks\[0\]: failed to parse the expression Current: /,
    );
    expect(await engine.history({ namespace, releaseName: 'unsaid' })).toEqual([]);
  }, 30_000);
});

describe('serverSideApply', () => {
  const managersOf = async (name: string) =>
    ((await stage.kube.get(refOf('ConfigMap', name)))?.metadata.managedFields ?? []).map(
      ({ manager, operation }) => [manager, operation].join(' '),
    );
  const textIn = async (name: string) =>
    new Fields(await stage.kube.get(refOf('ConfigMap', name))).at('data').value['text'];
  const methods = async (name: string) =>
    (await engine.history({ namespace, releaseName: name })).map(({ applyMethod }) => applyMethod);

  test('an install by the server; upgrades go on so, over the fields of others, until they are told otherwise', async () => {
    const install = { serverSideApply: true };
    await stage.apply(smallRelease('applied', '1.0.0', { install }));
    await stage.says('HelmRelease', 'applied', 'Ready', 'InstallSucceeded');
    expect(await managersOf('applied-map')).toEqual(['helm-controller Apply']);
    await stage.kube.patch(
      refOf('ConfigMap', 'applied-map'),
      'merge',
      { data: { text: 'other' } },
      { fieldManager: 'somebody' },
    );
    await stage.apply(smallRelease('applied', '1.0.0', { install, values: { text: 'ours' } }));
    await stage.says('HelmRelease', 'applied', 'Ready', 'UpgradeSucceeded');
    expect(await textIn('applied-map')).toBe('ours');
    await stage.apply(
      smallRelease('applied', '1.0.0', {
        install,
        upgrade: { serverSideApply: 'disabled' },
        values: { text: 'patched' },
      }),
    );
    await stage.until(
      'HelmRelease',
      'applied',
      (status) => status.each('history')[0]?.count('version') === 3,
    );
    expect(await methods('applied')).toEqual(['ssa', 'ssa', 'csa']);
  }, 30_000);

  test('fields that were patched become applied ones, so that one that leaves the chart goes', async () => {
    await stage.apply(smallRelease('changed', '1.0.0'));
    await stage.says('HelmRelease', 'changed', 'Ready', 'InstallSucceeded');
    const upgrade = { serverSideApply: 'enabled' };
    const patch = '[{"op": "remove", "path": "/data/text"}]';
    const target = { kind: 'ConfigMap', name: 'changed-map' };
    const postRenderers = [{ kustomize: { patches: [{ target, patch }] } }];
    await stage.apply(smallRelease('changed', '1.0.0', { upgrade, postRenderers }));
    await stage.says('HelmRelease', 'changed', 'Ready', 'UpgradeSucceeded');
    expect(await managersOf('changed-map')).toEqual(['helm-controller Apply']);
    expect(await textIn('changed-map')).toBeUndefined();
    expect(await methods('changed')).toEqual([undefined, 'ssa']);
  }, 30_000);

  test('what the server does not take is a failure in the words of Helm 4', async () => {
    const patch = '[{"op": "add", "path": "/unknown", "value": {"a": "b"}}]';
    const target = { kind: 'ConfigMap', name: 'refused-map' };
    await stage.apply(
      smallRelease('refused', '1.0.0', {
        install: { serverSideApply: true },
        postRenderers: [{ kustomize: { patches: [{ target, patch }] } }],
      }),
    );
    expect(await stage.says('HelmRelease', 'refused', 'Ready', 'InstallFailed')).toContain(
      'server-side apply failed for object apps/refused-map /v1, Kind=ConfigMap: ',
    );
  }, 30_000);
});

test('an ExternalArtifact is refused without its feature gate', async () => {
  const spec = { chart: undefined, chartRef: { kind: 'ExternalArtifact', name: 'other' } };
  await stage.apply(smallRelease('outside', '1.0.0', spec));
  expect(await stage.says('HelmRelease', 'outside', 'Stalled', 'AccessDenied')).toBe(
    "True can't access 'ExternalArtifact/apps/other', ExternalArtifact feature gate is disabled",
  );
}, 30_000);
