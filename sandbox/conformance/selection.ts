import { describe, expect, test } from 'vitest';
import { makeConfigMaps, newNamespace } from './context.ts';
import type { Context } from './context.ts';
import { at, namesOf, versionOf } from './probe.ts';

/** Lists: selectors, pages, and the forms that a client may ask for. */
export function selectionCases(context: () => Context): void {
  const start = async (names: readonly string[]) => {
    const { probe } = context();
    const namespace = await newNamespace(probe);
    await makeConfigMaps(probe, namespace, names, (name) => ({
      metadata: { name, labels: { tier: name < 'c' ? 'low' : 'high', [name]: 'yes' } },
    }));
    return { probe, maps: `/api/v1/namespaces/${namespace}/configmaps` };
  };

  describe('selectors', () => {
    test('by labels and by fields', async () => {
      const { probe, maps } = await start(['a', 'b', 'c', 'd']);
      for (const [selector, want] of [
        ['labelSelector=tier%3Dlow', ['a', 'b']],
        ['labelSelector=tier%3D%3Dlow,a', ['a']],
        ['labelSelector=tier!%3Dlow', ['c', 'd']],
        ['labelSelector=tier+in+(low,high),!a', ['b', 'c', 'd']],
        ['labelSelector=tier+notin+(low)', ['c', 'd']],
        ['fieldSelector=metadata.name%3Db', ['b']],
        ['fieldSelector=metadata.name!%3Db&labelSelector=tier%3Dlow', ['a']],
      ] as const) {
        const { body } = await probe.get(`${maps}?${selector}`);
        expect(
          namesOf(body).filter((name) => name !== 'kube-root-ca.crt'),
          selector,
        ).toEqual(want);
      }
    });

    test.each(['labelSelector=a+b', 'fieldSelector=data.key%3Db', 'labelSelector=x+in+b'])(
      '%s is refused',
      async (selector) => {
        const { probe, maps } = await start([]);
        expect(await probe.get(`${maps}?${selector}`)).toMatchObject({
          status: 400,
          body: { reason: 'BadRequest' },
        });
      },
    );
  });

  describe('pages', () => {
    test('cut a list without losing or doubling anything, at one version', async () => {
      const { probe, maps } = await start(['a', 'b', 'c', 'd', 'e']);
      const select = `${maps}?labelSelector=tier&limit=2`;
      const first = await probe.get(maps + '?limit=2');
      expect(namesOf(first.body)).toHaveLength(2);
      expect(at(first.body, 'metadata', 'remainingItemCount')).toBeGreaterThanOrEqual(3);
      const seen = namesOf(first.body);
      let token = String(at(first.body, 'metadata', 'continue'));
      for (let pages = 0; token !== ''; pages += 1) {
        expect(pages).toBeLessThan(4);
        const next = await probe.get(`${maps}?limit=2&continue=${token}`);
        expect(next.status).toBe(200);
        expect(versionOf(next.body)).toBe(versionOf(first.body));
        seen.push(...namesOf(next.body));
        token = String(at(next.body, 'metadata', 'continue') ?? '');
      }
      expect(seen.filter((name) => name !== 'kube-root-ca.crt')).toEqual(['a', 'b', 'c', 'd', 'e']);
      // Nobody knows how many are left where a selector has to look at each.
      expect(at((await probe.get(select)).body, 'metadata', 'remainingItemCount')).toBeUndefined();
    });

    test('a token of nobody is refused', async () => {
      const { probe, maps } = await start([]);
      expect((await probe.get(`${maps}?limit=2&continue=nonsense`)).status).toBe(400);
    });
  });

  describe('forms', () => {
    test('metadata alone', async () => {
      const { probe, maps } = await start(['a']);
      const accept = (kind: string) =>
        `application/json;as=${kind};g=meta.k8s.io;v=v1,application/json`;
      const one = await probe.get(`${maps}/a`, accept('PartialObjectMetadata'));
      expect(one.body).toMatchObject({
        kind: 'PartialObjectMetadata',
        apiVersion: 'meta.k8s.io/v1',
        metadata: { name: 'a', labels: { tier: 'low' } },
      });
      expect(at(one.body, 'data')).toBeUndefined();
      const list = await probe.get(
        `${maps}?labelSelector=tier`,
        accept('PartialObjectMetadataList'),
      );
      expect(list.body).toMatchObject({
        kind: 'PartialObjectMetadataList',
        apiVersion: 'meta.k8s.io/v1',
        items: [{ kind: 'PartialObjectMetadata', metadata: { name: 'a' } }],
      });
    });

    test.each([
      {
        path: 'configmaps?labelSelector=tier',
        columns: ['Name', 'Data', 'Age'],
        cells: ['a', 0, expect.any(String)],
      },
      { path: 'secrets', columns: ['Name', 'Type', 'Data', 'Age'], cells: undefined },
      { path: 'pods', columns: ['Name', 'Ready', 'Status', 'Restarts', 'Age', 'IP', 'Node', 'Nominated Node', 'Readiness Gates'], cells: undefined }, // prettier-ignore
      { path: 'services', columns: ['Name', 'Type', 'Cluster-IP', 'External-IP', 'Port(s)', 'Age', 'Selector'], cells: undefined }, // prettier-ignore
      { path: 'apis/apps/deployments', columns: ['Name', 'Ready', 'Up-to-date', 'Available', 'Age', 'Containers', 'Images', 'Selector'], cells: undefined }, // prettier-ignore
      { path: 'apis/apps/statefulsets', columns: ['Name', 'Ready', 'Age', 'Containers', 'Images'], cells: undefined }, // prettier-ignore
      { path: 'apis/apps/daemonsets', columns: ['Name', 'Desired', 'Current', 'Ready', 'Up-to-date', 'Available', 'Node Selector', 'Age', 'Containers', 'Images', 'Selector'], cells: undefined }, // prettier-ignore
      { path: 'apis/batch/jobs', columns: ['Name', 'Status', 'Completions', 'Duration', 'Age', 'Containers', 'Images', 'Selector'], cells: undefined }, // prettier-ignore
      { path: 'apis/batch/cronjobs', columns: ['Name', 'Schedule', 'Timezone', 'Suspend', 'Active', 'Last Schedule', 'Age', 'Containers', 'Images', 'Selector'], cells: undefined }, // prettier-ignore
      { path: 'apis/networking.k8s.io/ingresses', columns: ['Name', 'Class', 'Hosts', 'Address', 'Ports', 'Age'], cells: undefined }, // prettier-ignore
    ])('a table of $path', async ({ path, columns, cells }) => {
      const { probe, maps } = await start(['a']);
      const namespace = maps.split('/')[4] ?? '';
      const [, group, resource] = /^apis\/(.+)\/(.+)$/.exec(path) ?? [];
      const { body } = await probe.get(
        group === undefined
          ? maps.replace('configmaps', path)
          : `/apis/${group}/v1/namespaces/${namespace}/${resource}`,
        'application/json;as=Table;g=meta.k8s.io;v=v1,application/json',
      );
      expect(body).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
      const definitions = at(body, 'columnDefinitions');
      expect(Array.isArray(definitions) && definitions.map((each) => at(each, 'name'))).toEqual(
        columns,
      );
      if (cells !== undefined) {
        expect(at(body, 'rows', 0, 'cells')).toEqual(cells);
        expect(at(body, 'rows', 0, 'object', 'kind')).toBe('PartialObjectMetadata');
      }
    });
  });
}
