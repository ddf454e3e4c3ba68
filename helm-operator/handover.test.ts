/** One release, two HelmReleases, of two generations: only one of them works on it, whoever comes and goes. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { KubeObject } from '../lib/objects/mod.ts';
import { isRecord } from '../lib/runtime/mod.ts';
import { startBoth } from './_both.ts';
import type { BothGenerations } from './_both.ts';
import { inNamespace } from './_harness.ts';
import type { TestOperator, TestRepository } from './_harness.ts';

const waiting = { timeout: 20_000, interval: 25 };

let both: BothGenerations;
let repository: TestRepository;
let operator: TestOperator;
let toolkit: ReturnType<BothGenerations['startToolkit']>;
let namespace: string;

beforeAll(async () => {
  both = await startBoth();
  repository = await both.createRepository();
  await repository.push({
    'charts/app/Chart.yaml': 'apiVersion: v2\nname: app\nversion: 1.0.0\n',
    'charts/app/values.yaml': 'color: red\n',
    'charts/app/templates/map.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-map}
data: {color: {{ .Values.color | quote }}}
`,
  });
  operator = await both.startOperator({});
  toolkit = both.startToolkit();
});
afterAll(async () => {
  await operator.stop();
  await toolkit.stop();
  await both.close();
});
beforeEach(async () => {
  namespace = await both.createNamespace();
});

const v1 = () => inNamespace(both, namespace);
const v1Spec = (values: Record<string, unknown> = {}) => ({
  chart: { git: repository.url, ref: 'master', path: 'charts/app' },
  values,
});
const v2Ref = (name: string) => ({
  apiVersion: 'helm.toolkit.fluxcd.io/v2',
  kind: 'HelmRelease',
  namespace,
  name,
});
/** A v2 HelmRelease, and the source that its chart comes from. */
async function applyV2(
  name: string,
  { values = {}, annotations = {}, ...spec }: Record<string, unknown> = {},
): Promise<void> {
  await both.kube.apply(
    {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: { namespace, name: 'charts' },
      spec: { interval: '1h', url: repository.url, ref: { branch: 'master' } },
    },
    { fieldManager: 'test', force: true },
  );
  await both.kube.apply(
    {
      ...v2Ref(name),
      metadata: { namespace, name, annotations: annotations as Record<string, string> },
      spec: {
        interval: '1h',
        releaseName: name,
        values,
        chart: {
          spec: {
            chart: 'charts/app',
            reconcileStrategy: 'Revision',
            sourceRef: { kind: 'GitRepository', name: 'charts' },
          },
        },
        ...spec,
      },
    },
    { fieldManager: 'test', force: true },
  );
}
const readyOf = (object: KubeObject | undefined): string => {
  const status = object?.['status'];
  const list: unknown = isRecord(status) ? status['conditions'] : undefined;
  const ready: unknown = Array.isArray(list)
    ? list.find((each: unknown) => isRecord(each) && each['type'] === 'Ready')
    : undefined;
  return isRecord(ready)
    ? `${String(ready['status'])} ${String(ready['reason'])}: ${String(ready['message'])}`
    : '';
};
const untilV2 = (name: string, said: RegExp) =>
  vi.waitFor(async () => {
    expect(readyOf(await both.kube.get(v2Ref(name)))).toMatch(said);
  }, waiting);
const untilV1 = (name: string, reason: string, said: RegExp | string = '') =>
  vi.waitFor(async () => {
    const released = await v1().conditionOf(name, 'Released');
    expect(released).toMatchObject({ reason, message: expect.stringMatching(said) as string });
  }, waiting);
const handOver = { 'helm.fluxcd.io/handed-over-to': 'helm.toolkit.fluxcd.io/x/y' };

describe('a release of the older generation', () => {
  test('is left alone by the newer one, which says what to do, and is not uninstalled with it', async () => {
    await v1().release('a', v1Spec({ color: 'blue' }));
    await untilV1('a', 'Succeeded');
    await applyV2('a', { values: { color: 'green' } });
    await untilV2(
      'a',
      /^False ReleaseConflict: release 'a' in '.*' is managed by HelmRelease helm\.fluxcd\.io\/.*\/a; hand it over/,
    );
    expect(await v1().revisions('a')).toEqual(['1 deployed']);
    expect(await v1().events('a')).toContainEqual(
      expect.stringMatching(/^Warning ReleaseConflict /),
    );
    await both.kube.delete(v2Ref('a'));
    await vi.waitFor(async () => {
      expect(await both.kube.get(v2Ref('a'))).toBeUndefined();
    }, waiting);
    expect(await v1().revisions('a')).toEqual(['1 deployed']);
  });

  test('goes on under the newer one when its HelmRelease is deleted: no uninstall, no revision', async () => {
    await v1().release('b', v1Spec({ color: 'blue' }));
    await untilV1('b', 'Succeeded');
    const from = { 'helm.fluxcd.io/taken-over-from': `helm.fluxcd.io/${namespace}/b` };
    await applyV2('b', { values: { color: 'blue' }, annotations: from });
    await untilV2('b', /ReleaseConflict/);
    await both.kube.delete(v1().ref('b'));
    await untilV2(
      'b',
      /^True TakenOver: Took over release .*\/b\.v1 with chart app@1\.0\.0\+[0-9a-f]{12} from/,
    );
    expect(await v1().revisions('b')).toEqual(['1 deployed']);
    // Neither a restart nor the next look makes one; the next change of values makes exactly one.
    await toolkit.stop();
    toolkit = both.startToolkit();
    await applyV2('b', { values: { color: 'green' }, annotations: from });
    await untilV2('b', /^True UpgradeSucceeded/);
    expect(await v1().revisions('b')).toEqual(['1 superseded', '2 deployed']);
  });

  test('that was handed over is neither upgraded nor uninstalled, even after a restart', async () => {
    await v1().release('c', v1Spec({ color: 'blue' }));
    await untilV1('c', 'Succeeded');
    await v1().release('c', v1Spec({ color: 'green' }), handOver);
    await untilV1(
      'c',
      'HandedOver',
      /was handed over to HelmRelease helm\.toolkit\.fluxcd\.io\/x\/y/,
    );
    expect(await v1().events('c')).toContainEqual(expect.stringMatching(/^Normal HandedOver /));
    await operator.stop();
    operator = await both.startOperator({});
    await v1().patch('c', { spec: { values: { color: 'yellow' } } });
    await v1().release('marker', v1Spec());
    await untilV1('marker', 'Succeeded');
    await both.kube.delete(v1().ref('c'));
    await vi.waitFor(() => {
      expect(operator.log.records.map(({ info }) => info)).toContainEqual(
        expect.stringMatching(/goes on under HelmRelease .* nothing is uninstalled/),
      );
    }, waiting);
    expect(await v1().revisions('c')).toEqual(['1 deployed']);
  });
});

describe('a release of the newer generation', () => {
  test('is left alone by the older one, which says what to do, and is not uninstalled with it', async () => {
    await applyV2('d', { values: { color: 'blue' } });
    await untilV2('d', /^True InstallSucceeded/);
    await v1().release('d', v1Spec({ color: 'green' }));
    await untilV1(
      'd',
      'ReleaseConflict',
      /is managed by HelmRelease helm\.toolkit\.fluxcd\.io\/.*\/d; delete this/,
    );
    await both.kube.delete(v1().ref('d'));
    await v1().release('marker', v1Spec());
    await untilV1('marker', 'Succeeded');
    expect(await v1().revisions('d')).toEqual(['1 deployed']);
    expect(readyOf(await both.kube.get(v2Ref('d')))).toMatch(/^True/);
  });

  test('that was handed over is left alone, and goes back to the older one without a revision', async () => {
    await applyV2('e', { values: { color: 'blue' } });
    await untilV2('e', /^True InstallSucceeded/);
    await v1().release('e', v1Spec({ color: 'blue' }));
    await untilV1('e', 'ReleaseConflict');
    await both.kube.patch(v2Ref('e'), 'merge', {
      metadata: { annotations: { ...handOver, 'reconcile.fluxcd.io/requestedAt': '1' } },
    });
    await untilV2('e', /^False HandedOver/);
    await v1().patch('e', { metadata: { annotations: { 'helm.fluxcd.io/reconcile-at': '1' } } });
    await untilV1('e', 'Succeeded');
    await both.kube.delete(v2Ref('e'));
    await vi.waitFor(async () => {
      expect(await both.kube.get(v2Ref('e'))).toBeUndefined();
    }, waiting);
    await v1().patch('e', { spec: { values: { color: 'green' } } });
    await vi.waitFor(async () => {
      expect((await v1().revisions('e')).at(-1)).toBe('2 deployed');
    }, waiting);
    expect(await v1().revisions('e')).toEqual(['1 superseded', '2 deployed']);
  });
});
