/** What people get wrong, one case each: the HelmRelease says what is the matter, others go on, and a repair is enough. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { KubeError } from '../lib/kube/mod.ts';
import type { HelmReleaseSpec } from '../lib/objects/mod.ts';
import { appChart, below, colorChart } from './_charts.ts';
import { freePort, inNamespace, startChartRepository, startTestCluster } from './_harness.ts';
import type { TestChartRepository, TestCluster, TestOperator, TestRepository } from './_harness.ts';

const waiting = { timeout: 20_000, interval: 25 };

let cluster: TestCluster;
let repository: TestRepository;
let charts: TestChartRepository;
let locked: TestChartRepository;
let operator: TestOperator;
let namespace: string;
let demo: ReturnType<typeof inNamespace>;

beforeAll(async () => {
  cluster = await startTestCluster(process.env.REFLUX_HELM_KUBECONFIG);
  repository = await cluster.createRepository();
  charts = await startChartRepository();
  locked = await startChartRepository({ username: 'ann', password: 's3cret' });
  await charts.publish(colorChart);
  await locked.publish(colorChart);
  await repository.push({
    ...below('charts/color', colorChart),
    ...below('charts/app', appChart),
    'charts/unparsable/Chart.yaml': 'apiVersion: v2\nname: [broken\n',
    'charts/unparsable/templates/a.yaml': '',
    'charts/broken/Chart.yaml': 'apiVersion: v2\nname: broken\nversion: 0.1.0\n',
    'charts/broken/templates/a.yaml': 'a: {{ .Values.missing.deeper }}\n',
    ...below('charts/typed', {
      ...colorChart,
      'values.schema.json': '{"properties": {"color": {"type": "string"}}}',
    }),
    ...below('charts/invalid', {
      ...colorChart,
      'templates/invalid.yaml':
        'apiVersion: v1\nkind: Service\nmetadata: {name: "{{ .Release.Name }}"}\nspec: {ports: [{port: 99999}]}\n',
    }),
    ...below('charts/unknown', {
      ...colorChart,
      'templates/unknown.yaml': 'apiVersion: example.com/v1\nkind: Nothing\nmetadata: {name: x}\n',
    }),
    ...below('charts/hooked', {
      ...colorChart,
      'templates/hook.yaml': `apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-hook
  annotations: {helm.sh/hook: "pre-install,pre-upgrade"}
spec:
  restartPolicy: Never
  containers: [{name: hook, image: registry.example/hook:1, command: ["{{ .Values.command | default "true" }}"]}]
`,
    }),
    ...below('charts/selected', {
      ...appChart,
      'templates/deployment.yaml':
        appChart['templates/deployment.yaml']?.replaceAll(
          '{app: {{ .Release.Name }}}',
          '{app: {{ .Values.selected | default "one" }}}',
        ) ?? '',
    }),
  });
  operator = await cluster.startOperator({});
});
afterAll(async () => {
  await operator.stop();
  await Promise.all([charts.close(), locked.close()]);
  await cluster.close();
});
beforeEach(async () => {
  namespace = await cluster.createNamespace();
  demo = inNamespace(cluster, namespace);
});
afterEach(async () => {
  await cluster.kube.delete(demo.ref('app'));
});

const fromGit = (chart: string, spec: Partial<HelmReleaseSpec> = {}): HelmReleaseSpec => ({
  chart: { git: repository.url, path: `charts/${chart}` },
  ...spec,
});
const fromRepository = (chart: Partial<HelmReleaseSpec['chart']>): HelmReleaseSpec => ({
  chart: { repository: charts.url, name: 'color', version: '0.1.0', ...chart },
});

/** Waits for a phase whose condition Released says why. */
const refused = (phase: string, why: RegExp) =>
  vi.waitFor(async () => {
    const status = await demo.statusOf('app');
    const released = status.conditions?.find(({ type }) => type === 'Released');
    expect([status.phase, released?.status]).toEqual([phase, 'False']);
    expect(released?.message).toMatch(why);
  }, waiting);
const released = () =>
  vi.waitFor(
    async () => expect((await demo.conditionOf('app', 'Released'))?.status).toBe('True'),
    waiting,
  );

describe('charts', () => {
  test.each([
    ['a path that is not there', () => fromGit('nowhere'), /there is no path 'charts\/nowhere'/],
    ['a chart that does not parse', () => fromGit('unparsable'), /Chart\.yaml/],
    [
      'a ref that is not there',
      () => ({ chart: { git: repository.url, path: 'charts/color', ref: 'no-such' } }),
      /the repository has no ref 'no-such'/,
    ],
    [
      'no source at all',
      () => ({ chart: { git: repository.url } }),
      /could not find valid chart source configuration for release/,
    ],
    ['a version that is none', () => fromRepository({ version: 'not a version' }), /not a version/],
    [
      'a version that is not there',
      () => fromRepository({ version: '9.9.9' }),
      /chart "color" version "9\.9\.9" not found/,
    ],
    [
      'a repository without an index',
      () => fromRepository({ repository: `${charts.url}/elsewhere` }),
      /index\.yaml.*404/,
    ],
    ['a repository that wants a password', () => fromRepository({ repository: locked.url }), /401/],
  ] as const)('%s', async (_what, spec, why) => {
    await demo.release('app', spec());
    await refused('ChartFetchFailed', why);
    expect(await demo.revisions('app')).toEqual([]);
    await demo.release('app', fromGit('color'));
    await released();
  });

  test('a repository that is down, until it is up', async () => {
    const port = await freePort();
    const spec = fromRepository({ repository: `http://127.0.0.1:${port}` });
    await demo.release('app', spec);
    await refused('ChartFetchFailed', /ECONNREFUSED/);
    // The same content, where nobody answered before.
    const relay = createServer((request, response) => {
      fetch(`${charts.url}${request.url ?? ''}`)
        .then(async (answer) => {
          response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
        })
        .catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => relay.listen(port, '127.0.0.1', resolve));
    expect((relay.address() as AddressInfo).port).toBe(port);
    try {
      await released();
    } finally {
      relay.close().closeAllConnections();
    }
  });

  test('wrong credentials, until they are right', async () => {
    const secret = (password: string) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: 'repository' },
      stringData: { username: 'ann', password },
    });
    await cluster.kube.create(secret('wrong'));
    const chartPullSecret = { name: 'repository' };
    await demo.release('app', fromRepository({ repository: locked.url, chartPullSecret }));
    await refused('ChartFetchFailed', /401/);
    await cluster.kube.apply(secret('s3cret'), { fieldManager: 'test', force: true });
    await released();
    expect(JSON.stringify([operator.log.records, await demo.events('app')])).not.toContain(
      's3cret',
    );
  });
});

describe('values', () => {
  test('of the wrong type, by the schema', async () => {
    await demo.release('app', fromGit('typed', { values: { color: 7 } }));
    await refused('DeployFailed', /values don't meet the specifications of the schema/);
    await demo.release('app', fromGit('typed', { values: { color: 'blue' } }));
    await released();
  });

  test('from a ConfigMap without the key: an error, or nothing when optional', async () => {
    await cluster.kube.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace, name: 'values' },
      data: { other: 'color: blue' },
    });
    const from = (optional: boolean) => [{ configMapKeyRef: { name: 'values', optional } }];
    await demo.release('app', fromGit('color', { valuesFrom: from(false) }));
    await refused('Failed', /could not find key values\.yaml in ConfigMap test-.*\/values/);
    await demo.release('app', fromGit('color', { valuesFrom: from(true) }));
    await released();
  });

  test('that do not parse, without their content', async () => {
    await cluster.kube.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: 'values' },
      stringData: { 'values.yaml': 'password: hunter2: [\n' },
    });
    await demo.release(
      'app',
      fromGit('color', { valuesFrom: [{ secretKeyRef: { name: 'values' } }] }),
    );
    await refused('Failed', /unable to yaml\.Unmarshal/);
    expect(JSON.stringify([await demo.statusOf('app'), await demo.events('app')])).not.toContain(
      'hunter2',
    );
  });
});

describe('releases', () => {
  test('a template error', async () => {
    await demo.release('app', fromGit('broken'));
    await refused('DeployFailed', /template: broken\/templates\/a\.yaml:1:\d+: .*nil pointer/);
    await demo.release('app', fromGit('color'));
    await released();
  });

  test.each([
    ['an object that the server refuses', 'invalid', /spec\.ports\[0\]\.port/],
    ['a kind that the server does not know', 'unknown', /no matches for kind "Nothing"/],
  ])('%s', async (_what, chart, why) => {
    await demo.release('app', fromGit(chart));
    await refused('DeployFailed', why);
    await demo.release('app', fromGit('color'));
    await released();
  });

  test('a field that cannot change, rolled back', async () => {
    const spec = (selected: string): HelmReleaseSpec =>
      fromGit('selected', { rollback: { enable: true }, wait: false, values: { selected } });
    await demo.release('app', spec('one'));
    await released();
    await demo.release('app', spec('two'));
    await vi.waitFor(
      async () => expect((await demo.statusOf('app')).phase).toBe('RolledBack'),
      waiting,
    );
    expect((await demo.conditionOf('app', 'Deployed'))?.message).toMatch(
      /spec\.selector: Invalid value: .*field is immutable/,
    );
    expect(await demo.revisions('app')).toEqual(['1 superseded', '2 failed', '3 deployed']);
  });

  test('a hook that fails', async () => {
    await demo.release('app', fromGit('hooked', { values: { command: 'false' } }));
    await refused('DeployFailed', /failed pre-install: [^]*pod app-hook failed/);
    await demo.release('app', fromGit('hooked'));
    await released();
  });

  test('a test that fails is uninstalled, and mended', async () => {
    const spec = (testFail: boolean) =>
      fromGit('app', { test: { enable: true }, timeout: 10, values: { faults: { testFail } } });
    await demo.release('app', spec(true));
    // It is tried again and again, so that its phase does not stay.
    await vi.waitFor(
      async () =>
        expect(await demo.events('app')).toContainEqual(
          expect.stringMatching(/Warning FailedReleaseSync .* failed: test failed: [^]*app-test/),
        ),
      waiting,
    );
    await demo.release('app', spec(false));
    await released();
  });

  test('an object of another release', async () => {
    await demo.release('first', { ...fromGit('color'), releaseName: 'shared' });
    await vi.waitFor(
      async () => expect((await demo.statusOf('first')).phase).toBe('Succeeded'),
      waiting,
    );
    // Another release whose one object has the same name.
    await repository.push(
      below('charts/same', {
        ...colorChart,
        'templates/color.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shared-color}\n',
      }),
    );
    await demo.release('app', fromGit('same'));
    await refused(
      'DeployFailed',
      /ConfigMap "shared-color" in namespace .* exists and cannot be imported .* must equal "app": current value is "shared"/,
    );
    expect((await demo.object('ConfigMap', 'shared-color'))?.data).toMatchObject({ color: 'red' });
    await cluster.kube.delete(demo.ref('first'));
  });

  test('a name that is too long', async () => {
    const name = `a${'b'.repeat(53)}`;
    await demo.release('app', { ...fromGit('color'), releaseName: name });
    await refused('Failed', /installation failed: release name .* no longer than 53 characters/);
    await demo.release('app', fromGit('color'));
    await released();
  });

  test('a quota that is used up', async () => {
    const refusing = createQuota();
    await operator.stop();
    operator = await cluster.startOperator({ kube: refusing.kube });
    await demo.release('app', fromGit('color'));
    await refused('DeployFailed', /exceeded quota/);
    refusing.lift();
    await released();
  });
});

/** The sandbox has no quotas: the server's answer to a ConfigMap that is one too many. */
function createQuota() {
  let lifted = false;
  const { kube } = cluster;
  return {
    lift: () => {
      lifted = true;
    },
    kube: {
      ...kube,
      create: (async (object, options) => {
        if (!lifted && object.kind === 'ConfigMap') {
          throw new KubeError(
            'Forbidden',
            'configmaps',
            `configmaps "${object.metadata.name ?? ''}" is forbidden: exceeded quota: one, requested: count/configmaps=1, used: count/configmaps=1, limited: count/configmaps=1`,
            { status: 403 },
          );
        }
        return kube.create(object, options);
      }) as typeof kube.create,
    },
  };
}
