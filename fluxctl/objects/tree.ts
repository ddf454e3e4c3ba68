/** `fluxctl tree`: what a Kustomization, a release or an ArtifactGenerator consists of, down to the last. */
import { parseYaml, toYaml } from '../../lib/helm/yaml/mod.ts';
import { formatApiVersion, parseApiVersion } from '../../lib/objects/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { VerbFailed } from '../errors.ts';
import { find, servedVersion } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { fluxdOf, syncedObjects } from './fluxds.ts';
import { inventoryOf, releaseInventory, shownId } from './inventory.ts';
import type { ObjectId, Reading } from './inventory.ts';
import { groups } from './kind.ts';
import type { FluxKind } from './kind.ts';
import { kinds } from './kinds.ts';
import { at, eachAt, textAt } from './read.ts';

export interface Node {
  id: ObjectId;
  children: Node[];
}

export interface TreeOptions {
  /** Flux's own objects only. */
  compact: boolean;
  output: 'text' | 'json' | 'yaml';
}

/** @returns what is printed */
export async function tree(
  cluster: Cluster,
  reading: Reading,
  of: readonly FluxKind[],
  name: string,
  { compact, output }: TreeOptions,
): Promise<string> {
  const { ref } = await find(cluster, of, name);
  const object = await reading.kube.get(ref);
  if (object === undefined) throw new VerbFailed(`${ref.kind} ${name} is gone`);
  const { group } = parseApiVersion(ref.apiVersion);
  const id = { namespace: cluster.namespace, name, group, kind: ref.kind };
  return printed(
    { id, children: await childrenOf(reading, { ...object, ...ref }, compact, [id]) },
    output,
  );
}

/**
 * What the fluxd of a Deployment syncs. @returns what is printed
 *
 * @throws VerbFailed when it is no fluxd
 */
export async function fluxdTree(
  { kube, namespace }: Cluster,
  reading: Reading,
  name: string,
  { compact, output }: TreeOptions,
): Promise<string> {
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name };
  const deployment = await kube.get(ref);
  const fluxd = deployment === undefined ? undefined : fluxdOf(deployment);
  if (fluxd === undefined)
    throw new VerbFailed(`no Deployment '${name}' in "${namespace}" runs fluxd with a --git-url`);
  const ids = (await syncedObjects(kube, fluxd)).map(
    ({ apiVersion, kind, metadata }): ObjectId => ({
      namespace: metadata.namespace ?? '',
      name: metadata.name ?? '',
      group: parseApiVersion(apiVersion).group,
      kind,
    }),
  );
  ids.sort((a, b) => (shownId(a) < shownId(b) ? -1 : 1));
  const id = { namespace, name, group: 'apps', kind: 'Deployment' };
  return printed({ id, children: await nodesOf(reading, ids, compact, [id]) }, output);
}

function printed(node: Node, output: TreeOptions['output']): string {
  if (output === 'text') return `${drawn(node)}\n`;
  const text = JSON.stringify(plain(node), undefined, 2);
  return output === 'json' ? `${text}\n` : `${toYaml(parseYaml(text))}\n`;
}

/** @param above the objects on the way down: one that is among them is not entered again */
async function childrenOf(
  reading: Reading,
  object: KubeObject,
  compact: boolean,
  above: readonly ObjectId[],
): Promise<Node[]> {
  const ids = await inventory(reading, object);
  const isRemote = at(object, 'spec', 'kubeConfig') !== undefined;
  return nodesOf(reading, ids, compact, above, isRemote);
}

function inventory(
  reading: Reading,
  object: KubeObject,
): readonly ObjectId[] | Promise<readonly ObjectId[]> {
  switch (object.kind) {
    case 'Kustomization':
      return inventoryOf(object);
    case 'ArtifactGenerator':
      return artifactsOf(object);
    default:
      return releaseInventory(reading, object);
  }
}

const artifactsOf = (object: KubeObject): ObjectId[] =>
  eachAt(object, 'status', 'inventory').map((each) => ({
    namespace: textAt(each, 'namespace'),
    name: textAt(each, 'name'),
    group: groups.source,
    kind: 'ExternalArtifact',
  }));

async function nodesOf(
  reading: Reading,
  ids: readonly ObjectId[],
  compact: boolean,
  above: readonly ObjectId[],
  isRemote = false,
): Promise<Node[]> {
  const nodes: Node[] = [];
  for (const { namespace, name, group, kind } of ids) {
    const id = { namespace, name, group, kind };
    if (above.some((each) => shownId(each) === shownId(id) && each.group === group)) continue;
    if (compact && !isFlux(group)) continue;
    const below = isRemote ? undefined : await enter(reading, id);
    const children =
      below === undefined ? [] : await childrenOf(reading, below, compact, [...above, id]);
    nodes.push({ id, children });
  }
  return nodes;
}

const isFlux = (group: string) => group.endsWith('fluxcd.io');

/** @returns the object when it consists of others */
async function enter({ kube }: Reading, id: ObjectId): Promise<KubeObject | undefined> {
  const of = kinds.find(({ kind, group }) => kind === id.kind && group === id.group);
  const isParent = id.group === groups.kustomize || of?.kind === 'HelmRelease';
  if (of === undefined || !isParent) return undefined;
  const apiVersion = (await servedVersion(kube, of)) ?? formatApiVersion(of.group, of.version);
  const { kind, namespace, name } = id;
  return kube.get({ apiVersion, kind, namespace, name });
}

/** Lines with branches. */
export function drawn(node: Node): string {
  const below = (children: readonly Node[], indent: string): string =>
    children
      .map((child, place) => {
        const isLast = place === children.length - 1;
        const line = `${indent}${isLast ? '└── ' : '├── '}${shownId(child.id)}\n`;
        return line + below(child.children, `${indent}${isLast ? '    ' : '│   '}`);
      })
      .join('');
  return `${shownId(node.id)}\n${below(node.children, '')}`;
}

interface Plain {
  resource: { Namespace: string; Name: string; GroupKind: { Group: string; Kind: string } };
  resources?: Plain[];
}

/** With the field names that flux prints. */
function plain({ id, children }: Node): Plain {
  const { namespace, name, group, kind } = id;
  const resource = { Namespace: namespace, Name: name, GroupKind: { Group: group, Kind: kind } };
  return children.length === 0 ? { resource } : { resource, resources: children.map(plain) };
}
