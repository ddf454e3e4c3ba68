/** HelmReleases that give up waiting for health when something newer is there: the gate CancelHealthCheckOnNewRevision. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  namespace,
  refOf,
  smallChart,
  smallRelease,
  startChartServer,
  startStage,
} from './_harness.ts';
import type { ChartServer, Stage } from './_harness.ts';

let stage: Stage;
let charts: ChartServer;
const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}}}
    spec: {containers: [{name: main, image: {{ .Values.image }}}]}
`;
const chartWith = (version: string, image: string) =>
  smallChart(version, {
    'values.yaml': `text: hello\nimage: ${image}\n`,
    'templates/deployment.yaml': deployment,
  });
/** Never ready. */
const missing = 'missing.example/none:1';
const good = 'nginx:1';

beforeAll(async () => {
  stage = await startStage([
    '--feature-gates=CancelHealthCheckOnNewRevision=true,DefaultToRetryOnFailure=true',
  ]);
  charts = await startChartServer();
  await charts.publish(chartWith('1.0.0', missing));
  await stage.apply({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'HelmRepository',
    metadata: { namespace, name: 'charts' },
    spec: { interval: '1h', url: charts.url },
  });
}, 60_000);
afterAll(async () => {
  await stage.close();
  await charts.close();
});

/** Until the release waits for its Deployment. */
async function stuck(name: string): Promise<void> {
  await stage.until('HelmRelease', name, (status) =>
    status.each('conditions').some((each) => each.text('message')?.startsWith('Running') === true),
  );
}

const canceled = (by: string) =>
  `Normal HealthCheckCanceled Health checks canceled due to new reconciliation triggered by ${by}`;

test('its spec changes', { timeout: 60_000 }, async () => {
  await stage.apply(smallRelease('respec', '1.0.0'));
  await stuck('respec');
  await stage.apply(smallRelease('respec', '1.0.0', { values: { image: good } }));
  await stage.says('HelmRelease', 'respec', 'Ready', 'UpgradeSucceeded');
  expect(await stage.events('respec')).toContain(canceled('HelmRelease/apps/respec'));
});

test('its values change', { timeout: 60_000 }, async () => {
  const values = (image: string) =>
    stage.apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace, name: 'values' },
      data: { 'values.yaml': `image: ${image}\n` },
    });
  await values(missing);
  await stage.apply(
    smallRelease('revalued', '1.0.0', { valuesFrom: [{ kind: 'ConfigMap', name: 'values' }] }),
  );
  await stuck('revalued');
  await values(good);
  await stage.says('HelmRelease', 'revalued', 'Ready', 'UpgradeSucceeded');
  expect(await stage.events('revalued')).toContain(canceled('ConfigMap/apps/values'));
});

test('its chart changes', { timeout: 60_000 }, async () => {
  await stage.apply(smallRelease('newer', '>=1.0.0'));
  await stuck('newer');
  await charts.publish(chartWith('1.1.0', good));
  await stage.kube.patch(refOf('HelmRepository', 'charts'), 'merge', {
    metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': 'now' } },
  });
  await stage.says('HelmRelease', 'newer', 'Ready', 'UpgradeSucceeded');
  expect(await stage.events('newer')).toContain(canceled('HelmChart/apps/apps-newer'));
});

test('a suspended one waits no longer, either', { timeout: 60_000 }, async () => {
  await stage.apply(smallRelease('paused', '1.0.0'));
  await stuck('paused');
  await stage.kube.patch(refOf('HelmRelease', 'paused'), 'merge', { spec: { suspend: true } });
  expect(await stage.says('HelmRelease', 'paused', 'Ready', 'HealthCheckCanceled')).toBe(
    'False New reconciliation triggered by HelmRelease/apps/paused',
  );
});
