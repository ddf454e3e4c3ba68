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

beforeAll(async () => {
  stage = await startStage();
  charts = await startChartServer();
  await charts.publish(smallChart('1.0.0', { 'templates/hook.yaml': hook }));
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
    const { status } = (await stage.kube.get(refOf('HelmRelease', 'patched'))) ?? {};
    expect(new Fields(status).text('observedPostRenderersDigest')).toMatch(/^sha256:/);
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
