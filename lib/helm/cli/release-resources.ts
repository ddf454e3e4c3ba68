/** The objects of a release as `status --show-resources` shows them, with the Pods that belong to them. */
import type { KubeClient } from '../../kube/mod.ts';
import { buildObjects } from '../action/objects.ts';
import type { ReleaseObject } from '../action/objects.ts';
import { selectorOf } from '../action/ready.ts';
import type { Release } from '../storage/mod.ts';
import type { GoValue } from '../values/mod.ts';
import { parseJson } from '../yaml/mod.ts';
import type { CommandContext } from './context.ts';
import type { Resources } from './resources-text.ts';

const asTable = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const withPods = new Set([
  'ReplicaSet',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'ReplicationController',
]);

/** Objects that are gone are left out. */
export async function resourcesOf(
  context: CommandContext,
  release: Release,
  tables: boolean,
): Promise<Resources> {
  const { kube } = await context.cluster();
  const objects = await buildObjects(kube, release.manifest, release.namespace);
  const found = new Map<string, GoValue[]>();
  const add = (key: string, value: GoValue) =>
    void found.set(key, [...(found.get(key) ?? []), value]);
  const options = tables ? { accept: asTable } : {};
  const selectors = new Set<string>();
  for (const each of objects) {
    const version = each.object.apiVersion.slice(each.object.apiVersion.indexOf('/') + 1);
    const live = await kube.get(each.ref);
    if (live === undefined) continue;
    const path = await pathOf(kube, each);
    add(`${version}/${each.kind}`, parseJson(await kube.raw('GET', path, options)));
    const selector = withPods.has(each.kind) ? selectorOf(each.object) : '';
    if (selector === '' || selectors.has(selector)) continue;
    selectors.add(selector);
    const query = `?labelSelector=${encodeURIComponent(selector)}`;
    const pods = await kube.raw(
      'GET',
      `/api/v1/namespaces/${each.namespace}/pods${query}`,
      options,
    );
    for (const pod of tables ? [parseJson(pods)] : itemsOf(parseJson(pods)))
      add('v1/Pod(related)', pod);
  }
  return found;
}

async function pathOf(kube: KubeClient, { object, namespace, name }: ReleaseObject) {
  const type = await kube.resourceType(object);
  const base = object.apiVersion.includes('/') ? `/apis/${object.apiVersion}` : '/api/v1';
  const scope = type?.namespaced === true ? `/namespaces/${namespace}` : '';
  return `${base}${scope}/${type?.resource ?? ''}/${name}`;
}

function itemsOf(list: GoValue): GoValue[] {
  const items = list instanceof Map ? list.get('items') : undefined;
  if (!Array.isArray(items)) return [];
  return items.map((item) =>
    item instanceof Map ? new Map([['apiVersion', 'v1'], ['kind', 'Pod'], ...item]) : item,
  );
}
