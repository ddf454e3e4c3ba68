/** `fluxctl migrate` with the real helm-operator and the real toolkit on one sandbox. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { startBoth } from '../../helm-operator/_both.ts';
import type { BothGenerations } from '../../helm-operator/_both.ts';
import { inNamespace } from '../../helm-operator/_harness.ts';
import type { TestOperator, TestRepository } from '../../helm-operator/_harness.ts';
import type { HelmReleaseSpec } from '../../lib/objects/mod.ts';
import { testWorld } from '../_world.ts';
import { runFluxctl } from '../run.ts';
import { conditionOf } from './steps.ts';

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
    'charts/app/values.yaml': 'color: red\nsize: 1\n',
    'charts/app/blue.yaml': 'color: blue\n',
    'charts/app/templates/map.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-map
  labels: {helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}}
data: {color: {{ .Values.color | quote }}, size: {{ .Values.size | quote }}, random: {{ randAlphaNum 8 | quote }}}
`,
    'charts/plain/Chart.yaml': 'apiVersion: v2\nname: plain\nversion: 1.0.0\n',
    'charts/plain/values.yaml': 'color: red\n',
    'charts/plain/blue.yaml': 'color: blue\n',
    'charts/plain/templates/map.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}-map}\ndata: {color: {{ .Values.color }}}\n',
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
const fluxctl = async (...argv: readonly string[]) => {
  const world = testWorld({ env: { KUBECONFIG: both.kubeconfig, PATH: process.env['PATH'] } });
  const status = await runFluxctl(['migrate', '-n', namespace, '--timeout=20s', ...argv], world);
  return { status, ...world.printed };
};
const chart = (name = 'app') => ({ git: repository.url, ref: 'master', path: `charts/${name}` });
const release = (name: string, spec: Partial<HelmReleaseSpec> = {}) =>
  v1().release(name, { chart: chart(), ...spec });
const untilV1 = (name: string, reason: string) =>
  vi.waitFor(async () => {
    expect(await v1().conditionOf(name, 'Released')).toMatchObject({ reason });
  }, waiting);
const v2Ref = (name: string) => ({
  apiVersion: 'helm.toolkit.fluxcd.io/v2',
  kind: 'HelmRelease',
  namespace,
  name,
});
const untilV2 = (name: string, reason: string) =>
  vi.waitFor(async () => {
    expect(conditionOf(await both.kube.get(v2Ref(name)), 'Ready').reason).toBe(reason);
  }, waiting);
const values = (name: string, given: Record<string, unknown>) =>
  both.kube.patch(v2Ref(name), 'merge', { spec: { values: given } });

describe('handing over', () => {
  test('there and back without a revision, then exactly one for each change of values', async () => {
    await release('a', { values: { color: 'green' } });
    await untilV1('a', 'Succeeded');
    const dry = await fluxctl();
    expect(dry.err).toContain('and with revision 1 in the cluster');
    expect(dry.status).toBe(0);
    expect(dry.out).toContain('reconcileStrategy: Revision');
    expect(await both.kube.get(v2Ref('a'))).toBeUndefined();

    const there = await fluxctl('--apply');
    expect(there.err).toMatch(/Took over release .*\/a\.v1 with chart app@1\.0\.0\+/);
    expect(there.status).toBe(0);
    expect(await v1().revisions('a')).toEqual(['1 deployed']);
    expect((await fluxctl('--apply')).err).toContain('has the release already');

    await values('a', { color: 'yellow' });
    await untilV2('a', 'UpgradeSucceeded');
    expect(await v1().revisions('a')).toEqual(['1 superseded', '2 deployed']);

    await values('a', { color: 'green' });
    await vi.waitFor(async () => {
      expect((await v1().revisions('a')).at(-1)).toBe('3 deployed');
    }, waiting);
    await untilV2('a', 'UpgradeSucceeded');
    const back = await fluxctl('--undo');
    expect(back.err).toContain('without a new revision');
    expect(back.status).toBe(0);
    expect(await v1().revisions('a')).toHaveLength(3);
    expect((await fluxctl('--undo')).err).toContain('has the release already');

    await v1().patch('a', { spec: { values: { color: 'pink' } } });
    await vi.waitFor(async () => {
      expect((await v1().revisions('a')).at(-1)).toBe('4 deployed');
    }, waiting);
    await untilV1('a', 'Succeeded');
    expect((await fluxctl('--apply')).status).toBe(0);
    await both.kube.delete(v1().ref('a'));
    await release('marker', {});
    await untilV1('marker', 'Succeeded');
    expect(await v1().revisions('a')).toHaveLength(4);
  });

  test('every kind of values, another namespace, values files of the chart', async () => {
    const elsewhere = await both.createNamespace();
    await both.kube.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: 'secret' },
      data: { 'own.yaml': Buffer.from('size: 2\n').toString('base64') },
    });
    await both.kube.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace, name: 'map' },
      data: { 'values.yaml': 'size: 3\n' },
    });
    await release('b', {
      chart: chart('plain'),
      targetNamespace: elsewhere,
      valuesFrom: [
        { chartFileRef: { path: 'blue.yaml' } },
        { secretKeyRef: { name: 'secret', key: 'own.yaml' } },
        { configMapKeyRef: { name: 'map' } },
        { configMapKeyRef: { name: 'missing', optional: true } },
      ],
    });
    await untilV1('b', 'Succeeded');
    const there = await fluxctl('--apply');
    expect(there.err).toContain('Took over release');
    expect(there.status).toBe(0);
    const history = await both.engine.history({ namespace: elsewhere, releaseName: 'b' });
    expect(history.map(({ version }) => version)).toEqual([1]);
    expect((await fluxctl('--undo')).status).toBe(0);
    expect(await both.engine.history({ namespace: elsewhere, releaseName: 'b' })).toHaveLength(1);
  });

  test('killed between any two steps, the same command goes on, and --undo goes back', async () => {
    await release('c', { chart: chart('plain') });
    await untilV1('c', 'Succeeded');
    /** The cluster as it is when the command ends after this many writes. */
    const killedAfter = async (writes: number, mode: string) => {
      const stop = new AbortController();
      const world = testWorld({
        env: { KUBECONFIG: both.kubeconfig, PATH: process.env['PATH'] },
        signal: stop.signal,
      });
      let said = 0;
      const err = (text: string) => {
        if (text.startsWith('►')) said += 1;
        if (said === writes) throw new Error('killed');
      };
      return runFluxctl(['migrate', '-n', namespace, '--name=c', '--timeout=20s', mode], {
        ...world,
        err,
      }).catch(() => 1);
    };
    for (const writes of [1, 2, 3]) {
      await killedAfter(writes, '--apply');
      expect(await v1().revisions('c')).toEqual(['1 deployed']);
      expect((await fluxctl('--name=c', '--apply')).status).toBe(0);
      expect(await v1().revisions('c')).toEqual(['1 deployed']);
      await killedAfter(1, '--undo');
      expect((await fluxctl('--name=c', '--undo')).status).toBe(0);
      await untilV1('c', 'Succeeded');
      expect(await v1().revisions('c')).toEqual(['1 deployed']);
    }
  });
});

test('a v1 HelmRelease that was deleted comes back out of a folder, without a revision', async () => {
  await release('h', { chart: chart('plain'), values: { color: 'green' } });
  await untilV1('h', 'Succeeded');
  expect((await fluxctl('--apply')).status).toBe(0);
  const root = path.join(both.folder, `back-${namespace}`);
  await mkdir(root);
  const spec = { releaseName: 'h', chart: chart('plain'), values: { color: 'green' } };
  await writeFile(
    path.join(root, 'h.yaml'),
    JSON.stringify({ ...v1().ref('h'), metadata: { namespace, name: 'h' }, spec }),
  );
  await both.kube.delete(v1().ref('h'));
  const back = await fluxctl('--undo', `--path=${root}`);
  expect(back.err).toContain('without a new revision');
  expect(back.status).toBe(0);
  await untilV1('h', 'Succeeded');
  expect(await v1().revisions('h')).toEqual(['1 deployed']);
});

describe('refused, with nothing done', () => {
  test('one out of a folder whose release is not there', async () => {
    const root = path.join(both.folder, `nothing-${namespace}`);
    await mkdir(root);
    const spec = { releaseName: 'nothing', chart: chart('plain') };
    await writeFile(
      path.join(root, 'nothing.yaml'),
      JSON.stringify({ ...v1().ref('nothing'), metadata: { namespace, name: 'nothing' }, spec }),
    );
    const back = await fluxctl('--undo', `--path=${root}`, '--name=nothing');
    expect(back.err).toContain("release 'nothing'");
    expect(back.status).toBe(1);
    expect(await both.kube.get(v1().ref('nothing'))).toBeUndefined();
  });

  test('a release that would become another', async () => {
    await release('d', { chart: chart('plain'), values: { color: 'green' } });
    await untilV1('d', 'Succeeded');
    await operator.stop();
    await v1().patch('d', { spec: { values: { color: 'white' } } });
    const dry = await fluxctl();
    expect(dry.status).toBe(1);
    expect(dry.err).toMatch(/revision 1 is not what chart and values make of it now/);
    expect(dry.err).toContain('-data: {color: green}');
    expect(dry.err).toContain('+data: {color: white}');
    const asked = await fluxctl('--apply', '--operator-stopped');
    expect(asked.status).toBe(1);
    expect(await both.kube.get(v2Ref('d'))).toBeUndefined();
    operator = await both.startOperator({});
  });

  test('an operator that does not answer: what was handed over is taken back', async () => {
    await release('e', { chart: chart('plain') });
    await untilV1('e', 'Succeeded');
    await operator.stop();
    const asked = await fluxctl('--apply', '--timeout=2s');
    expect(asked.err).toContain('so it was taken back');
    expect(asked.status).toBe(1);
    const hr = await both.kube.get(v1().ref('e'));
    expect(hr?.metadata.annotations ?? {}).not.toHaveProperty('helm.fluxcd.io/handed-over-to');
    operator = await both.startOperator({});
    expect((await fluxctl('--apply')).status).toBe(0);
    expect(await v1().revisions('e')).toEqual(['1 deployed']);
  });

  test('values from a URL', async () => {
    await release('f', {
      valuesFrom: [{ externalSourceRef: { url: 'http://127.0.0.1:1/x.yaml', optional: true } }],
    });
    await untilV1('f', 'Succeeded');
    const asked = await fluxctl('--apply');
    expect(asked.status).toBe(1);
    expect(asked.err).toMatch(/externalSourceRef .* has no counterpart: keep a copy/);
    expect(await v1().revisions('f')).toEqual(['1 deployed']);
  });
});

test('a folder: new files beside the old ones, markers in those that stay', async () => {
  const root = path.join(both.folder, `checkout-${namespace}`);
  await mkdir(path.join(root, 'releases'), { recursive: true });
  const hr = `apiVersion: helm.fluxcd.io/v1
kind: HelmRelease
metadata:
  name: g
  namespace: ${namespace}
  annotations: {fluxcd.io/automated: "true", filter.fluxcd.io/chart-image: semver:~1.0}
spec:
  chart: {git: ${repository.url}, path: charts/plain}
  values:
    image: ghcr.io/you/app:1.0.0
`;
  const deployment = `# A comment
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: ${namespace}
  annotations: {fluxcd.io/automated: "true", fluxcd.io/tag.web: "glob:main-*"}
spec:
  template:
    spec:
      containers:
        - {name: side, image: "ghcr.io/you/side:1"}
        - name: web
          image:   "ghcr.io/you/web:main-1"
`;
  await writeFile(path.join(root, 'releases/g.yaml'), hr);
  await writeFile(path.join(root, 'web.yaml'), deployment.replace(/ {8}- \{name: side.*\n/, ''));
  const written = await fluxctl(
    `--path=${root}`,
    '--write',
    '--git-url=https://github.com/you/config',
    '--git-path=releases,workloads',
  );
  expect(written.status).toBe(0);
  expect(written.err).toContain('v1 chose the newest image by the time it was built');
  const read = (name: string) => readFile(path.join(root, name), 'utf8');
  expect(await read('releases/g.yaml')).toBe(hr);
  expect(await read('releases/g-v2.yaml')).toContain(
    'image: ghcr.io/you/app:1.0.0 # {"$imagepolicy": "flux-system:ghcr-io-you-app"}',
  );
  expect(await read('releases/sources-v2.yaml')).toContain('kind: GitRepository');
  expect(await read('web.yaml')).toContain(
    'image:   "ghcr.io/you/web:main-1" # {"$imagepolicy": "flux-system:ghcr-io-you-web"}\n',
  );
  expect(await read('flux-v2/images.yaml')).toContain('pattern: ^main-(?P<rest>.*)$');
  expect(await read('flux-v2/sync.yaml')).toMatch(
    /kind: Kustomization[\s\S]*kind: ImageUpdateAutomation/,
  );
});
