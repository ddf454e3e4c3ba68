import { describe, expect, test } from 'vitest';
import type { Context } from './context.ts';
import { at } from './probe.ts';

export function discoveryCases(context: () => Context): void {
  const { get, call } = {
    get: (path: string, accept?: string) => context().probe.get(path, accept),
    call: (method: string, path: string, token: string) =>
      context().probe.call(method, path, { token }),
  };

  describe('discovery', () => {
    test('says its version', async () => {
      const { body } = await get('/version');
      expect(at(body, 'gitVersion')).toMatch(/^v1\.\d+\.\d+/);
      expect(at(body, 'major')).toBe('1');
    });

    test('lists versions and groups in the old form', async () => {
      expect((await get('/api')).body).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
      const { body } = await get('/apis');
      expect(body).toMatchObject({ kind: 'APIGroupList' });
      expect(at(body, 'groups')).toEqual(
        expect.arrayContaining([
          expect.objectContaining({
            name: 'apps',
            preferredVersion: { groupVersion: 'apps/v1', version: 'v1' },
          }),
        ]),
      );
      expect((await get('/apis/apps')).body).toMatchObject({ kind: 'APIGroup', name: 'apps' });
    });

    test.each([
      {
        path: '/api/v1',
        resource: { name: 'configmaps', singularName: 'configmap', namespaced: true, kind: 'ConfigMap', shortNames: ['cm'] }, // prettier-ignore
      },
      { path: '/api/v1', resource: { name: 'namespaces', namespaced: false, kind: 'Namespace' } },
      { path: '/api/v1', resource: { name: 'pods/log', kind: 'Pod', verbs: ['get'] } },
      {
        path: '/apis/apps/v1',
        resource: { name: 'deployments', kind: 'Deployment', categories: ['all'], shortNames: ['deploy'] }, // prettier-ignore
      },
      {
        path: '/apis/apps/v1',
        resource: { name: 'deployments/scale', group: 'autoscaling', version: 'v1', kind: 'Scale' },
      },
      {
        path: '/apis/apps/v1',
        resource: { name: 'deployments/status', verbs: ['get', 'patch', 'update'] },
      },
      {
        path: '/apis/rbac.authorization.k8s.io/v1',
        resource: { name: 'clusterroles', namespaced: false },
      },
      { path: '/apis/batch/v1', resource: { name: 'cronjobs', shortNames: ['cj'] } },
      {
        path: '/apis/authorization.k8s.io/v1',
        resource: { name: 'selfsubjectaccessreviews', verbs: ['create'] },
      },
    ])('$path has $resource.name', async ({ path, resource }) => {
      const { body } = await get(path);
      expect(body).toMatchObject({ kind: 'APIResourceList' });
      expect(at(body, 'resources')).toEqual(
        expect.arrayContaining([expect.objectContaining(resource)]),
      );
    });

    test.each(['/api', '/apis'])('%s answers in the aggregated form', async (path) => {
      const { type, body } = await get(
        path,
        'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json',
      );
      expect(type).toBe('application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
      expect(body).toMatchObject({
        kind: 'APIGroupDiscoveryList',
        apiVersion: 'apidiscovery.k8s.io/v2',
      });
      const [group, resource, kind] =
        path === '/api' ? ['', 'secrets', 'Secret'] : ['apps', 'statefulsets', 'StatefulSet'];
      const items = at(body, 'items');
      const found = (Array.isArray(items) ? items : []).find(
        (item) => String(at(item, 'metadata', 'name') ?? '') === group,
      );
      expect(at(found, 'versions', 0)).toMatchObject({ version: 'v1', freshness: 'Current' });
      expect(at(found, 'versions', 0, 'resources')).toEqual(
        expect.arrayContaining([
          expect.objectContaining({
            resource,
            scope: 'Namespaced',
            responseKind: expect.objectContaining({ kind }),
          }),
        ]),
      );
    });

    test('knows nobody without a token that it gave', async () => {
      expect(await call('GET', '/api/v1/namespaces', 'wrong')).toMatchObject({
        status: 401,
        body: { kind: 'Status', status: 'Failure', reason: 'Unauthorized', code: 401 },
      });
    });

    test.each([
      '/apis/none.example.com/v1/things',
      '/api/v1/namespaces/default/nothings',
      '/apis/apps/v9',
      '/nowhere',
    ])('%s is not there', async (path) => {
      expect((await get(path)).status).toBe(404);
    });

    test.each(['/healthz', '/readyz', '/livez'])('%s is well', async (path) => {
      expect(await get(path)).toMatchObject({ status: 200, body: 'ok' });
    });
  });
}
