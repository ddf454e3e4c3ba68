/** HelmReleases on the sandbox, their charts from a real repository. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHelmEngine } from '../lib/helm/action/mod.ts';
import type { HelmEngine } from '../lib/helm/action/mod.ts';
import { systemClock } from '../lib/runtime/mod.ts';
import {
  conditionOf,
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
const deployment = (image: string) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}}}
    spec: {containers: [{name: main, image: ${image}}]}
`;
const testPod = (command: string) => `apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-test
  annotations: {helm.sh/hook: test, helm.sh/hook-delete-policy: before-hook-creation}
spec: {restartPolicy: Never, containers: [{name: main, image: busybox, command: [${command}]}]}
`;

beforeAll(async () => {
  stage = await startStage(['--override-manager=intruder']);
  charts = await startChartServer();
  await charts.publish(smallChart('1.0.0'));
  await charts.publish(smallChart('1.1.0'));
  await charts.publish(
    smallChart('2.0.0', { 'templates/deployment.yaml': deployment('missing.example/none:1') }),
  );
  await charts.publish(smallChart('3.0.0', { 'templates/test.yaml': testPod('"true"') }));
  await charts.publish(smallChart('4.0.0', { 'templates/test.yaml': testPod('"false"') }));
  engine = createHelmEngine({ kube: stage.kube, clock: systemClock, log: () => undefined });
  await stage.apply({
    apiVersion: 'source.toolkit.fluxcd.io/v1beta2',
    kind: 'HelmRepository',
    metadata: { namespace, name: 'charts' },
    spec: { interval: '1m', url: charts.url },
  });
}, 60_000);
afterAll(async () => {
  await stage.close();
  await charts.close();
});

const revisions = async (releaseName: string, of = namespace) =>
  (await engine.history({ namespace: of, releaseName })).map(
    ({ version, info }) => `${version} ${info.status}`,
  );
const textOf = async (name: string) =>
  new Fields(await stage.kube.get(refOf('ConfigMap', `${name}-map`))).at('data').text('text');
const statusOf = async (name: string) =>
  new Fields((await stage.kube.get(refOf('HelmRelease', name)))?.['status']);
const ask = (name: string, annotations: Record<string, string>) =>
  stage.kube.patch(refOf('HelmRelease', name), 'merge', {
    metadata: {
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([key, value]) => [`reconcile.fluxcd.io/${key}`, value]),
      ),
    },
  });

describe('the life of a release', () => {
  test('install, upgrade by values and by version, delete', async () => {
    await stage.apply(smallRelease('life', '1.0.x', { values: { text: 'first' } }, 'v2beta1'));
    expect(await stage.says('HelmRelease', 'life', 'Ready', 'InstallSucceeded')).toBe(
      'True Helm install succeeded for release apps/life.v1 with chart small@1.0.0',
    );
    expect(await textOf('life')).toBe('first');
    const map = await stage.kube.get(refOf('ConfigMap', 'life-map'));
    expect(map?.metadata.labels).toMatchObject({
      'helm.toolkit.fluxcd.io/name': 'life',
      'helm.toolkit.fluxcd.io/namespace': namespace,
    });
    const installed = await statusOf('life');
    expect(installed.text('helmChart')).toBe('apps/apps-life');
    expect(installed.text('storageNamespace')).toBe(namespace);
    expect(installed.each('history')[0]?.value).toMatchObject({
      name: 'life',
      version: 1,
      status: 'deployed',
      action: 'install',
      chartVersion: '1.0.0',
    });
    expect(conditionOf(installed, 'Reconciling')).toBeUndefined();
    expect(
      installed
        .at('inventory')
        .each('entries')
        .map((entry) => entry.text('id')),
    ).toEqual(['apps_life-map__ConfigMap']);

    await stage.apply(smallRelease('life', '1.x', { values: { text: 'second' } }));
    await stage.until(
      'HelmRelease',
      'life',
      (status) =>
        status.text('lastAttemptedRevision') === '1.1.0' &&
        conditionOf(status, 'Ready')?.text('status') === 'True',
    );
    expect(await textOf('life')).toBe('second');
    expect((await revisions('life')).at(-1)).toMatch(/deployed$/);
    expect(await stage.events('life')).toContain(
      'Normal InstallSucceeded Helm install succeeded for release apps/life.v1 with chart small@1.0.0',
    );

    const before = await revisions('life');
    await ask('life', { requestedAt: '1' });
    await stage.until(
      'HelmRelease',
      'life',
      (status) => status.text('lastHandledReconcileAt') === '1',
    );
    expect(await revisions('life')).toEqual(before);
    await ask('life', { requestedAt: '2', forceAt: '2' });
    await stage.until(
      'HelmRelease',
      'life',
      (status) =>
        status.text('lastHandledForceAt') === '2' && status.text('lastHandledReconcileAt') === '2',
    );
    expect((await revisions('life')).length).toBe(before.length + 1);

    await stage.kube.delete(refOf('HelmRelease', 'life'));
    for (let gone = false; !gone;)
      gone = (await stage.kube.get(refOf('HelmRelease', 'life'))) === undefined;
    expect(await revisions('life')).toEqual([]);
    expect(await stage.kube.get(refOf('ConfigMap', 'life-map'))).toBeUndefined();
    for (let gone = false; !gone;)
      gone = (await stage.kube.get(refOf('HelmChart', 'apps-life'))) === undefined;
  }, 60_000);

  test('a suspended one is deleted without taking the release away', async () => {
    await stage.apply(smallRelease('kept', '1.0.0'));
    await stage.says('HelmRelease', 'kept', 'Ready', 'InstallSucceeded');
    await stage.kube.patch(refOf('HelmRelease', 'kept'), 'merge', { spec: { suspend: true } });
    await stage.until(
      'HelmRelease',
      'kept',
      (status, { metadata }) => status.count('observedGeneration') === metadata.generation,
    );
    await stage.kube.delete(refOf('HelmRelease', 'kept'));
    for (let gone = false; !gone;)
      gone = (await stage.kube.get(refOf('HelmRelease', 'kept'))) === undefined;
    expect(await revisions('kept')).toEqual(['1 deployed']);
  }, 30_000);

  test('a release that is there already is taken over with one upgrade', async () => {
    await stage.apply(smallRelease('kept', '1.0.0'));
    expect(await stage.says('HelmRelease', 'kept', 'Ready', 'UpgradeSucceeded')).toContain(
      'apps/kept.v2',
    );
    expect(await revisions('kept')).toEqual(['1 superseded', '2 deployed']);
  }, 30_000);

  test('two of one release: the first has it, the second waits until it goes', async () => {
    await stage.apply(smallRelease('first', '1.0.0', { releaseName: 'shared' }));
    await stage.says('HelmRelease', 'first', 'Ready', 'InstallSucceeded');
    const second = () => stage.apply(smallRelease('second', '1.0.0', { releaseName: 'shared' }));
    await second();
    expect(await stage.says('HelmRelease', 'second', 'Ready', 'ReleaseConflict')).toContain(
      'is managed by HelmRelease helm.toolkit.fluxcd.io/apps/first; give one of both another',
    );
    await stage.kube.delete(refOf('HelmRelease', 'second'));
    for (let gone = false; !gone;)
      gone = (await stage.kube.get(refOf('HelmRelease', 'second'))) === undefined;
    expect(await revisions('shared')).toEqual(['1 deployed']);
    await second();
    await stage.says('HelmRelease', 'second', 'Ready', 'ReleaseConflict');
    await stage.kube.delete(refOf('HelmRelease', 'first'));
    expect(await stage.says('HelmRelease', 'second', 'Ready', 'InstallSucceeded')).toContain(
      'apps/shared.v1',
    );
  }, 60_000);

  test('another namespace, another storage; a move takes the old release away', async () => {
    for (const name of ['there', 'store'])
      await stage.kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    const spec = { targetNamespace: 'there', storageNamespace: 'store' };
    await stage.apply(smallRelease('moved', '1.0.0', spec));
    await stage.says('HelmRelease', 'moved', 'Ready', 'InstallSucceeded');
    const at = { namespace: 'there', storageNamespace: 'store', releaseName: 'there-moved' };
    expect((await engine.latest(at))?.namespace).toBe('there');
    await stage.apply(smallRelease('moved', '1.0.0', { ...spec, releaseName: 'other' }));
    await stage.until(
      'HelmRelease',
      'moved',
      (status) => status.each('history')[0]?.text('name') === 'other',
    );
    expect(await engine.latest(at)).toBeUndefined();
    expect((await engine.latest({ ...at, releaseName: 'other' }))?.info.status).toBe('deployed');
  }, 30_000);
});

describe('values', () => {
  const values = (kind: 'ConfigMap' | 'Secret', name: string, data: Record<string, string>) =>
    stage.apply({
      apiVersion: 'v1',
      kind,
      metadata: { namespace, name },
      ...(kind === 'Secret' ? { stringData: data } : { data }),
    });

  test('references in order, inline over them, a path over all; a change is seen at once', async () => {
    await values('ConfigMap', 'one', { 'values.yaml': 'text: one\n' });
    await stage.apply(
      smallRelease('valued', '1.0.0', {
        valuesFrom: [
          { kind: 'ConfigMap', name: 'one' },
          { kind: 'Secret', name: 'two', valuesKey: 'word', targetPath: 'text' },
        ],
      }),
    );
    expect(await stage.says('HelmRelease', 'valued', 'Ready', 'ValuesError')).toBe(
      "False could not resolve Secret chart values reference 'apps/two' with key 'word': secrets \"two\" not found",
    );
    await values('Secret', 'two', { word: 'two' });
    await stage.says('HelmRelease', 'valued', 'Ready', 'InstallSucceeded');
    expect(await textOf('valued')).toBe('two');
    await values('Secret', 'two', { word: 'changed' });
    await stage.says('HelmRelease', 'valued', 'Ready', 'UpgradeSucceeded');
    expect(await textOf('valued')).toBe('changed');
  }, 30_000);
});

describe('failures', () => {
  test('without retries an install that fails stays, and stalls', async () => {
    await stage.apply(smallRelease('broken', '2.0.0', { timeout: '1s' }));
    expect(await stage.says('HelmRelease', 'broken', 'Stalled', 'RetriesExceeded')).toBe(
      'True Failed to install after 1 attempt(s)',
    );
    const status = await statusOf('broken');
    expect(conditionOf(status, 'Ready')?.text('reason')).toBe('InstallFailed');
    expect(conditionOf(status, 'Released')?.text('message')).toMatch(
      /^Helm install failed for release apps\/broken with chart small@2\.0\.0: /,
    );
    expect([status.count('failures'), status.count('installFailures')]).toEqual([1, 1]);
    expect(await stage.events('broken')).toContainEqual(
      expect.stringMatching(/^Warning InstallFailed Helm install failed[\s\S]*Last Helm logs:/),
    );
    await stage.apply(smallRelease('broken', '1.0.0'));
    expect(await stage.says('HelmRelease', 'broken', 'Ready', 'UpgradeSucceeded')).toContain(
      'apps/broken.v2',
    );
  }, 60_000);

  test('an install is taken away and tried again as often as asked', async () => {
    await stage.apply(
      smallRelease('again', '2.0.0', {
        timeout: '1s',
        install: { remediation: { retries: 1, remediateLastFailure: true } },
      }),
    );
    expect(await stage.says('HelmRelease', 'again', 'Stalled', 'RetriesExceeded')).toBe(
      'True Failed to install after 2 attempt(s)',
    );
    const status = await statusOf('again');
    expect(conditionOf(status, 'Remediated')?.text('reason')).toBe('UninstallSucceeded');
    expect(await revisions('again')).toEqual([]);
  }, 60_000);

  test('an upgrade that fails is rolled back, tried again, and stalls in the end; resetAt begins anew', async () => {
    const spec = { timeout: '1s', upgrade: { remediation: { retries: 1 } } };
    await stage.apply(smallRelease('rolled', '1.0.0', spec));
    await stage.says('HelmRelease', 'rolled', 'Ready', 'InstallSucceeded');
    await stage.apply(smallRelease('rolled', '2.0.0', spec));
    expect(await stage.says('HelmRelease', 'rolled', 'Stalled', 'RetriesExceeded')).toBe(
      'True Failed to upgrade after 2 attempt(s)',
    );
    expect(await stage.says('HelmRelease', 'rolled', 'Ready', 'RollbackSucceeded')).toBe(
      'False Helm rollback to previous release apps/rolled.v3 with chart small@1.0.0 succeeded',
    );
    expect((await revisions('rolled')).at(-1)).toBe('5 deployed');
    await ask('rolled', { requestedAt: '1', resetAt: '1' });
    await stage.until(
      'HelmRelease',
      'rolled',
      (status) =>
        status.text('lastHandledResetAt') === '1' &&
        conditionOf(status, 'Stalled') !== undefined &&
        status.count('upgradeFailures') === 2,
    );
    expect((await revisions('rolled')).at(-1)).toBe('9 deployed');
    await stage.apply(smallRelease('rolled', '1.0.0', spec));
    expect(await stage.says('HelmRelease', 'rolled', 'Ready', 'UpgradeSucceeded')).toContain(
      'with chart small@1.0.0',
    );
  }, 60_000);

  test('a revision left pending is unlocked', async () => {
    await stage.apply(smallRelease('locked', '1.0.0'));
    await stage.says('HelmRelease', 'locked', 'Ready', 'InstallSucceeded');
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      namespace,
      name: 'sh.helm.release.v1.locked.v1',
    };
    const { createObjectStore } = await import('../lib/helm/storage/mod.ts');
    const store = createObjectStore({
      kube: stage.kube,
      clock: systemClock,
      driver: 'secret',
      namespace,
    });
    const stored = await store.get('locked', 1);
    if (stored === undefined) throw new Error(JSON.stringify(secret));
    await store.update({ ...stored, info: { ...stored.info, status: 'pending-upgrade' } });
    await stage.apply(smallRelease('locked', '1.1.0'));
    await stage.until(
      'HelmRelease',
      'locked',
      (status) =>
        conditionOf(status, 'Ready')?.text('status') === 'True' &&
        status.text('lastAttemptedRevision') === '1.1.0',
    );
    expect(await stage.events('locked')).toContain(
      'Normal PendingRelease Unlocked Helm release apps/locked.v1 with chart small@1.0.0 in pending-upgrade state',
    );
    expect(await revisions('locked')).toEqual(['1 superseded', '2 deployed']);
  }, 30_000);

  test.each([
    {
      why: 'no such chart',
      name: 'no-chart',
      spec: {
        chart: { spec: { chart: 'none', sourceRef: { kind: 'HelmRepository', name: 'charts' } } },
      },
      reason: 'SourceNotReady',
      want: /^False HelmChart 'apps\/apps-no-chart' is not ready: /,
    },
    {
      why: 'no such source',
      name: 'no-source',
      spec: {
        chart: { spec: { chart: 'x', sourceRef: { kind: 'HelmRepository', name: 'none' } } },
      },
      reason: 'SourceNotReady',
      want: /is not ready: /,
    },
    {
      why: 'a dependency that is not there',
      name: 'alone',
      spec: { dependsOn: [{ name: 'none' }] },
      reason: 'DependencyNotReady',
      want: /^False unable to get 'apps\/none' dependency/,
    },
    {
      why: 'a dependency on itself',
      name: 'ring',
      spec: { dependsOn: [{ name: 'ring' }] },
      reason: 'DependencyNotReady',
      want: /^False dependency 'apps\/ring' is not ready$/,
    },
    {
      why: 'a kubeconfig that is not there',
      name: 'far',
      spec: { kubeConfig: { secretRef: { name: 'none' } } },
      reason: 'RESTClientError',
      want: /could not get KubeConfig secret 'apps\/none'/,
    },
  ])(
    '$why',
    async ({ name, spec, reason, want }) => {
      await stage.apply(smallRelease(name, '1.0.0', spec));
      expect(await stage.says('HelmRelease', name, 'Ready', reason)).toMatch(want);
    },
    30_000,
  );

  test('a dependent goes on as soon as its dependency is ready', async () => {
    await stage.apply(smallRelease('after', '1.0.0', { dependsOn: [{ name: 'before' }] }));
    await stage.says('HelmRelease', 'after', 'Ready', 'DependencyNotReady');
    await stage.apply(smallRelease('before', '1.0.0'));
    await stage.says('HelmRelease', 'after', 'Ready', 'InstallSucceeded');
  }, 30_000);
});

describe('tests and drift', () => {
  test('tests that pass, and tests that fail', async () => {
    await stage.apply(smallRelease('tested', '3.0.0', { test: { enable: true } }));
    expect(await stage.says('HelmRelease', 'tested', 'Ready', 'TestSucceeded')).toBe(
      'True Helm test succeeded for release apps/tested.v1 with chart small@3.0.0: 1 test hook completed successfully',
    );
    await stage.apply(smallRelease('failing', '4.0.0', { test: { enable: true } }));
    await stage.says('HelmRelease', 'failing', 'TestSuccess', 'TestFailed');
    expect(await stage.says('HelmRelease', 'failing', 'Stalled', 'RetriesExceeded')).toBe(
      'True Failed to install after 1 attempt(s)',
    );
  }, 60_000);

  test('what others change is put right, or told of', async () => {
    const drift = (mode: string, ignore: unknown[] = []) => ({ driftDetection: { mode, ignore } });
    await stage.apply(smallRelease('steady', '1.0.0', drift('enabled')));
    await stage.apply(smallRelease('watched', '1.0.0', drift('warn')));
    await stage.apply(
      smallRelease(
        'free',
        '1.0.0',
        drift('enabled', [{ paths: ['/data/text'], target: { kind: 'ConfigMap' } }]),
      ),
    );
    for (const name of ['steady', 'watched', 'free']) {
      await stage.says('HelmRelease', name, 'Drifted', 'NoDriftDetected');
      await stage.kube.patch(refOf('ConfigMap', `${name}-map`), 'merge', {
        data: { text: 'other' },
      });
      await ask(name, { requestedAt: '1' });
    }
    for (const name of ['steady', 'watched', 'free'])
      await stage.until(
        'HelmRelease',
        name,
        (status) => status.text('lastHandledReconcileAt') === '1',
      );
    expect([await textOf('steady'), await textOf('watched'), await textOf('free')]).toEqual([
      'hello',
      'other',
      'other',
    ]);
    expect(await stage.events('steady')).toEqual(
      expect.arrayContaining([
        'Warning DriftDetected Cluster state of release apps/steady.v1 has drifted from the desired state:\nConfigMap/apps/steady-map changed (0 additions, 1 changes, 0 removals)',
        'Normal DriftCorrected Cluster state of release apps/steady.v1 has been corrected:\nConfigMap/apps/steady-map configured',
      ]),
    );
    expect(conditionOf(await statusOf('watched'), 'Drifted')?.text('status')).toBe('True');
    expect(conditionOf(await statusOf('free'), 'Drifted')?.text('status')).toBe('False');
  }, 60_000);

  test('what an overridden manager has added goes, what others have added stays', async () => {
    await stage.apply(smallRelease('pure', '1.0.0', { driftDetection: { mode: 'enabled' } }));
    await stage.says('HelmRelease', 'pure', 'Drifted', 'NoDriftDetected');
    const ref = refOf('ConfigMap', 'pure-map');
    for (const [fieldManager, data] of [
      ['intruder-1', { added: 'x' }],
      ['neighbour', { kept: 'y' }],
    ] as const)
      await stage.kube.patch(ref, 'merge', { data }, { fieldManager });
    await ask('pure', { requestedAt: '1' });
    await stage.until(
      'HelmRelease',
      'pure',
      (status) => status.text('lastHandledReconcileAt') === '1',
    );
    const object = await stage.kube.get(ref);
    expect(object?.['data']).toEqual({ text: 'hello', version: '1.0.0', kept: 'y' });
    expect(await stage.events('pure')).toContain(
      'Warning DriftDetected Cluster state of release apps/pure.v1 has drifted from the desired state:\nConfigMap/apps/pure-map changed (0 additions, 0 changes, 1 removals)',
    );
  }, 60_000);
});
