import { describe, expect, test } from 'vitest';
import { configMap, deployment, makeConfigMaps, newNamespace } from './context.ts';
import type { Context } from './context.ts';
import { at, versionOf } from './probe.ts';

/** Create, get, update, dry runs, refusals. */
export function objectCases(context: () => Context): void {
  const start = async () => {
    const { probe } = context();
    const namespace = await newNamespace(probe);
    const core = `/api/v1/namespaces/${namespace}`;
    return {
      probe,
      namespace,
      maps: `${core}/configmaps`,
      deployments: `/apis/apps/v1/namespaces/${namespace}/deployments`,
      secrets: `${core}/secrets`,
      services: `${core}/services`,
    };
  };

  describe('objects', () => {
    test('a created object gets an identity, and is read back the same', async () => {
      const { probe, namespace, maps } = await start();
      const made = await probe.post(maps, configMap('a', { data: { key: 'value' } }));
      expect(made).toMatchObject({
        status: 201,
        body: {
          kind: 'ConfigMap',
          apiVersion: 'v1',
          metadata: {
            name: 'a',
            namespace,
            uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
            resourceVersion: expect.stringMatching(/^\d+$/),
            creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
            managedFields: [
              {
                manager: 'conformance',
                operation: 'Update',
                apiVersion: 'v1',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:data': { '.': {}, 'f:key': {} } },
              },
            ],
          },
          data: { key: 'value' },
        },
      });
      expect(at(made.body, 'metadata', 'generation')).toBeUndefined();
      expect(await probe.get(`${maps}/a`)).toMatchObject({ status: 200, body: made.body });
    });

    test('a list of built-in objects names their kind once', async () => {
      const { probe, namespace, maps } = await start();
      await makeConfigMaps(probe, namespace, ['b', 'a']);
      const { body } = await probe.get(maps);
      expect(body).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
      const items = at(body, 'items');
      expect(Array.isArray(items) && items.map((item) => at(item, 'metadata', 'name'))).toEqual(
        expect.arrayContaining(['a', 'b']),
      );
      expect(at(items, 0, 'kind')).toBeUndefined();
      expect(at(items, 0, 'apiVersion')).toBeUndefined();
    });

    test('generateName makes different names', async () => {
      const { probe, maps } = await start();
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'gen-' } };
      const names = [await probe.post(maps, body), await probe.post(maps, body)].map((made) =>
        String(at(made.body, 'metadata', 'name')),
      );
      for (const name of names) expect(name).toMatch(/^gen-[a-z0-9]{5}$/);
      expect(new Set(names).size).toBe(2);
    });

    test('an update with an old version is refused, one without a version is not', async () => {
      const { probe, maps } = await start();
      const made = await probe.post(maps, configMap('a', { data: { key: '1' } }));
      const second = await probe.put(`${maps}/a`, configMap('a', { data: { key: '2' } }));
      expect(second.status).toBe(200);
      expect(Number(versionOf(second.body))).toBeGreaterThan(Number(versionOf(made.body)));
      const late = await probe.put(`${maps}/a`, made.body);
      expect(late).toMatchObject({
        status: 409,
        body: {
          kind: 'Status',
          reason: 'Conflict',
          code: 409,
          message:
            'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
          details: { name: 'a', kind: 'configmaps' },
        },
      });
    });

    test('an update that changes nothing keeps the version', async () => {
      const { probe, maps } = await start();
      const made = await probe.post(maps, configMap('a', { data: { key: '1' } }));
      const same = await probe.put(`${maps}/a`, made.body);
      expect(versionOf(same.body)).toBe(versionOf(made.body));
    });

    test('the generation counts changes of what is desired', async () => {
      const { probe, deployments } = await start();
      const made = await probe.post(deployments, deployment('web'));
      expect(made).toMatchObject({ status: 201, body: { metadata: { generation: 1 } } });
      const labelled = await probe.patch(`${deployments}/web`, 'merge', {
        metadata: { labels: { a: 'b' } },
      });
      expect(at(labelled.body, 'metadata', 'generation')).toBe(1);
      const scaled = await probe.patch(`${deployments}/web`, 'merge', { spec: { replicas: 3 } });
      expect(at(scaled.body, 'metadata', 'generation')).toBe(2);
    });

    test('a deployment is completed with its defaults', async () => {
      const { probe, deployments } = await start();
      expect((await probe.post(deployments, deployment('web'))).body).toMatchObject({
        spec: {
          replicas: 1,
          revisionHistoryLimit: 10,
          progressDeadlineSeconds: 600,
          strategy: {
            type: 'RollingUpdate',
            rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' },
          },
          template: {
            spec: {
              restartPolicy: 'Always',
              terminationGracePeriodSeconds: 30,
              dnsPolicy: 'ClusterFirst',
              schedulerName: 'default-scheduler',
              containers: [
                {
                  imagePullPolicy: 'IfNotPresent',
                  terminationMessagePath: '/dev/termination-log',
                  terminationMessagePolicy: 'File',
                },
              ],
            },
          },
        },
      });
    });

    test('the status is written through its own path, and only it', async () => {
      const { probe, deployments } = await start();
      const made = await probe.post(deployments, deployment('web'));
      const body = { ...(made.body as object), status: { observedGeneration: 7 } };
      const main = await probe.put(`${deployments}/web`, body);
      expect(at(main.body, 'status', 'observedGeneration')).not.toBe(7);
      const patched = await probe.patch(`${deployments}/web/status`, 'merge', {
        spec: { replicas: 9 },
        status: { observedGeneration: 7 },
      });
      expect(patched).toMatchObject({
        status: 200,
        body: { spec: { replicas: 1 }, status: { observedGeneration: 7 } },
      });
    });

    test('scale reads and writes the replicas', async () => {
      const { probe, deployments } = await start();
      await probe.post(deployments, deployment('web'));
      expect((await probe.get(`${deployments}/web/scale`)).body).toMatchObject({
        kind: 'Scale',
        apiVersion: 'autoscaling/v1',
        spec: { replicas: 1 },
      });
      const scaled = await probe.patch(`${deployments}/web/scale`, 'merge', {
        spec: { replicas: 4 },
      });
      expect(scaled).toMatchObject({ status: 200, body: { kind: 'Scale', spec: { replicas: 4 } } });
      expect(at((await probe.get(`${deployments}/web`)).body, 'spec', 'replicas')).toBe(4);
    });

    test('secrets take stringData, services get an address', async () => {
      const { probe, secrets, services } = await start();
      const secret = await probe.post(secrets, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 's' },
        stringData: { user: 'me' },
      });
      expect(secret.body).toMatchObject({ type: 'Opaque', data: { user: 'bWU=' } });
      expect(at(secret.body, 'stringData')).toBeUndefined();
      const service = await probe.post(services, {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 's' },
        spec: { ports: [{ port: 80 }] },
      });
      expect(service.body).toMatchObject({
        spec: {
          type: 'ClusterIP',
          sessionAffinity: 'None',
          clusterIP: expect.stringMatching(/^10\./),
          ports: [{ port: 80, targetPort: 80, protocol: 'TCP' }],
        },
      });
    });
  });

  describe('dry runs', () => {
    test('nothing is created, changed or deleted', async () => {
      const { probe, maps } = await start();
      const made = await probe.post(`${maps}?dryRun=All`, configMap('a'));
      expect(made).toMatchObject({ status: 201, body: { metadata: { name: 'a' } } });
      expect((await probe.get(`${maps}/a`)).status).toBe(404);
      await probe.post(maps, configMap('a', { data: { key: '1' } }));
      const patched = await probe.patch(`${maps}/a?dryRun=All`, 'merge', { data: { key: '2' } });
      expect(at(patched.body, 'data', 'key')).toBe('2');
      expect((await probe.delete(`${maps}/a?dryRun=All`)).status).toBe(200);
      expect(at((await probe.get(`${maps}/a`)).body, 'data', 'key')).toBe('1');
    });

    test('what would be refused is refused', async () => {
      const { probe, maps } = await start();
      expect((await probe.post(`${maps}?dryRun=All`, configMap('Not_A_Name'))).status).toBe(422);
      expect((await probe.post(`${maps}?dryRun=Some`, configMap('a'))).status).toBe(422);
    });
  });

  describe('refusals', () => {
    test('unknown and twice', async () => {
      const { probe, maps } = await start();
      expect(await probe.get(`${maps}/a`)).toMatchObject({
        status: 404,
        body: {
          kind: 'Status',
          apiVersion: 'v1',
          status: 'Failure',
          reason: 'NotFound',
          message: 'configmaps "a" not found',
          details: { name: 'a', kind: 'configmaps' },
          code: 404,
        },
      });
      expect((await probe.put(`${maps}/a`, configMap('a'))).status).toBe(404);
      expect((await probe.delete(`${maps}/a`)).status).toBe(404);
      await probe.post(maps, configMap('a'));
      expect(await probe.post(maps, configMap('a'))).toMatchObject({
        status: 409,
        body: { reason: 'AlreadyExists', message: 'configmaps "a" already exists' },
      });
    });

    test('a namespace that is not there', async () => {
      const { probe } = await start();
      expect(
        await probe.post('/api/v1/namespaces/not-there/configmaps', configMap('a')),
      ).toMatchObject({
        status: 404,
        body: { reason: 'NotFound', message: 'namespaces "not-there" not found' },
      });
    });

    test('names that do not fit', async () => {
      const { probe, maps } = await start();
      await probe.post(maps, configMap('a'));
      expect(await probe.put(`${maps}/a`, configMap('b'))).toMatchObject({
        status: 400,
        body: {
          message: 'the name of the object (b) does not match the name on the URL (a)',
        },
      });
      const elsewhere = { ...configMap('c'), metadata: { name: 'c', namespace: 'default' } };
      expect(await probe.post(maps, elsewhere)).toMatchObject({
        status: 400,
        body: {
          message:
            'the namespace of the provided object does not match the namespace sent on the request',
        },
      });
      expect(await probe.post(maps, configMap('Not_A_Name'))).toMatchObject({
        status: 422,
        body: { reason: 'Invalid', details: { causes: [{ field: 'metadata.name' }] } },
      });
      expect(await probe.post(maps, { apiVersion: 'v1', kind: 'ConfigMap' })).toMatchObject({
        status: 422,
        body: { message: expect.stringContaining('name or generateName is required') },
      });
    });

    test('another kind, no object, another method', async () => {
      const { probe, maps } = await start();
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } };
      expect((await probe.post(maps, pod)).status).toBe(400);
      expect(
        (await probe.call('POST', maps, { body: configMap('a'), type: 'text/csv' })).status,
      ).toBe(415);
      expect((await probe.put(maps, configMap('a'))).status).toBe(405);
    });

    test('a deployment that selects nobody, and one that changes its selector', async () => {
      const { probe, deployments } = await start();
      const wrong = deployment('web');
      wrong.spec.selector.matchLabels.app = 'other';
      expect(await probe.post(deployments, wrong)).toMatchObject({
        status: 422,
        body: {
          reason: 'Invalid',
          details: {
            name: 'web',
            group: 'apps',
            kind: 'Deployment',
            causes: [{ reason: 'FieldValueInvalid', field: 'spec.template.metadata.labels' }],
          },
        },
      });
      await probe.post(deployments, deployment('web'));
      expect(
        await probe.put(`${deployments}/web`, {
          ...deployment('other'),
          metadata: { name: 'web' },
        }),
      ).toMatchObject({
        status: 422,
        body: { message: expect.stringContaining('field is immutable') },
      });
    });

    test('immutable config maps stay as they are', async () => {
      const { probe, maps } = await start();
      await probe.post(maps, configMap('a', { immutable: true, data: { key: '1' } }));
      expect((await probe.patch(`${maps}/a`, 'merge', { data: { key: '2' } })).status).toBe(422);
    });

    test('unknown fields are dropped, warned of, or refused, as asked', async () => {
      const { probe, maps } = await start();
      const odd = (name: string) => configMap(name, { unknownField: 1 });
      const plain = await probe.post(`${maps}?fieldValidation=Ignore`, odd('a'));
      expect(plain).toMatchObject({ status: 201, warning: '' });
      expect(at(plain.body, 'unknownField')).toBeUndefined();
      const warned = await probe.post(`${maps}?fieldValidation=Warn`, odd('b'));
      expect(warned.status).toBe(201);
      expect(warned.warning).toContain('unknown field \\"unknownField\\"');
      expect(await probe.post(`${maps}?fieldValidation=Strict`, odd('c'))).toMatchObject({
        status: 400,
        body: {
          reason: 'BadRequest',
          message: expect.stringContaining('strict decoding error: unknown field "unknownField"'),
        },
      });
    });
  });
}
