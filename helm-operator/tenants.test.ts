/**
 * Work done with the rights of a service account, so that a tenant gets no further than Kubernetes lets it. Needs a
 * server that knows rights: REFLUX_HELM_KUBECONFIG names the kubeconfig of a real one; else it is skipped.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { KubeObject } from '../lib/objects/mod.ts';
import { below, colorChart } from './_charts.ts';
import { inNamespace, startTestCluster } from './_harness.ts';
import type { TestCluster, TestOperator, TestRepository } from './_harness.ts';

const kubeconfig = process.env.REFLUX_HELM_KUBECONFIG;
const waiting = { timeout: 60_000, interval: 50 };

let cluster: TestCluster;
let repository: TestRepository;
let operator: TestOperator;
/** The tenant's namespace, and one that is none of its business. */
let own: string;
let other: string;
let tenant: ReturnType<typeof inNamespace>;

/** An object in a namespace that the values name. */
const wandering = {
  'templates/elsewhere.yaml': `{{- with .Values.elsewhere }}
apiVersion: v1
kind: ConfigMap
metadata: {name: intruder, namespace: {{ . }}}
{{- end }}
`,
};

const rbac = (kind: string, name: string, rest: Record<string, unknown>): KubeObject => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind,
  metadata: { namespace: own, name },
  ...rest,
});

describe.skipIf(kubeconfig === undefined)('with the rights of a service account', () => {
  beforeAll(async () => {
    cluster = await startTestCluster(kubeconfig);
    repository = await cluster.createRepository();
    await repository.push(below('charts/color', { ...colorChart, ...wandering }));
    [own, other] = [await cluster.createNamespace(), await cluster.createNamespace()];
    tenant = inNamespace(cluster, own);
    const account = (name: string) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { namespace: own, name },
    });
    for (const object of [
      account('tenant'),
      account('nobody'),
      rbac('Role', 'tenant', {
        rules: [{ apiGroups: [''], resources: ['configmaps', 'secrets'], verbs: ['*'] }],
      }),
      rbac('RoleBinding', 'tenant', {
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'tenant' },
        subjects: [{ kind: 'ServiceAccount', namespace: own, name: 'tenant' }],
      }),
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { namespace: other, name: 'values' },
        stringData: { 'values.yaml': 'color: stolen\n' },
      },
    ])
      await cluster.kube.create(object);
    operator = await cluster.startOperator({ flags: ['--default-service-account=tenant'] });
  });
  afterAll(async () => {
    await operator.stop();
    await cluster.close();
  });

  const spec = () => ({ chart: { git: repository.url, path: 'charts/color' } });
  const messageOf = async (name: string) =>
    (await tenant.conditionOf(name, 'Released'))?.message ?? '';

  test('a tenant releases in its own namespace', async () => {
    await tenant.release('app', spec());
    await vi.waitFor(
      async () => expect(await tenant.revisions('app')).toEqual(['1 deployed']),
      waiting,
    );
  });

  test.each([
    { what: 'release into', name: 'target', more: () => ({ targetNamespace: other }) },
    { what: 'put an object into', name: 'object', more: () => ({ values: { elsewhere: other } }) },
    {
      what: 'read the values of',
      name: 'values',
      more: () => ({ valuesFrom: [{ secretKeyRef: { namespace: other, name: 'values' } }] }),
    },
  ])('it cannot $what another namespace', async ({ name, more }) => {
    await tenant.release(name, { ...spec(), ...more() });
    await vi.waitFor(
      async () =>
        expect(await messageOf(name)).toMatch(
          new RegExp(
            `User "system:serviceaccount:${own}:tenant" cannot .* in the namespace "${other}"`,
          ),
        ),
      waiting,
    );
    expect(await inNamespace(cluster, other).object('ConfigMap', 'intruder')).toBeUndefined();
    expect(await inNamespace(cluster, other).revisions(name)).toEqual([]);
  });

  test('an account without rights gets nowhere', async () => {
    await tenant.release('poor', spec(), { 'helm.fluxcd.io/service-account': 'nobody' });
    await vi.waitFor(
      async () =>
        expect(await messageOf('poor')).toContain(`"system:serviceaccount:${own}:nobody" cannot`),
      waiting,
    );
    expect(await tenant.revisions('poor')).toEqual([]);
  });
});
