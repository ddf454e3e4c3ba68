/** What there is to convert: in a folder, or in the cluster. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { KubeClient, KubeReader } from '../../lib/kube/mod.ts';
import {
  chartFolders,
  hasPolicy,
  isWorkload,
  loadManifests,
  policiesOf,
} from '../../lib/manifest/mod.ts';
import { helmReleaseApiVersion } from '../../lib/objects/mod.ts';
import type { HelmRelease, KubeObject } from '../../lib/objects/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';
import { filesBelow } from '../files.ts';
import { readFluxd } from './sync.ts';
import type { SyncSettings } from './sync.ts';

export interface Gathered {
  releases: HelmRelease[];
  /** Automated by annotation. */
  workloads: KubeObject[];
  sync: SyncSettings | undefined;
  /** Where each object stands, and the text of that file. */
  fileOf: ReadonlyMap<KubeObject, string>;
  texts: ReadonlyMap<string, string>;
  /** Everything that was read. */
  objects: readonly KubeObject[];
  /** What could not be read. */
  problems: string[];
}

/** @param namespace of manifests that name none; '' keeps objects of all namespaces */
export async function gatherFolder(
  root: string,
  only: string,
  defaultNamespace: string,
): Promise<Gathered> {
  const names = await filesBelow(root);
  const charts = chartFolders(names);
  const texts = new Map<string, string>();
  const fileOf = new Map<KubeObject, string>();
  const objects: KubeObject[] = [];
  const problems: string[] = [];
  for (const name of names.sort()) {
    if (!/\.ya?ml$/.test(name) || charts.some((chart) => name.startsWith(chart))) continue;
    const text = await readFile(name, 'utf8');
    const relative = path.relative(root, name);
    const loaded = loadManifests(text, relative);
    problems.push(...loaded.errors.map(({ message }) => message));
    texts.set(relative, text);
    for (const { object } of loaded.objects) {
      fileOf.set(object, relative);
      objects.push(object);
    }
  }
  const namespaceOf = ({ metadata }: KubeObject) => metadata.namespace ?? defaultNamespace;
  const chosen = objects.filter((object) => only === '' || namespaceOf(object) === only);
  const releases = chosen.filter(isV1Release).map((object) => {
    const placed: HelmRelease = {
      ...object,
      metadata: { ...object.metadata, namespace: namespaceOf(object) },
    };
    fileOf.set(placed, fileOf.get(object) ?? '');
    return placed;
  });
  return {
    releases,
    workloads: chosen.filter(isAutomated),
    sync: objects.flatMap((object) => readFluxd(object) ?? [])[0],
    fileOf,
    texts,
    objects,
    problems,
  };
}

/** @param namespace '' for all */
export async function gatherCluster(kube: KubeClient, namespace: string): Promise<Gathered> {
  const list = async (apiVersion: string, kind: string, inAll = false): Promise<KubeObject[]> => {
    if ((await kube.resourceType({ apiVersion, kind })) === undefined) return [];
    const scope = namespace === '' || inAll ? {} : { namespace };
    const { items } = await kube.list({ apiVersion, kind, ...scope });
    return items.map((item) => ({ ...item, apiVersion, kind }));
  };
  const releases = (await list(helmReleaseApiVersion, 'HelmRelease')).filter(isV1Release);
  const deployments = await list('apps/v1', 'Deployment', true);
  const workloads = [
    ...deployments.filter(({ metadata }) => namespace === '' || metadata.namespace === namespace),
    ...(await list('apps/v1', 'StatefulSet')),
    ...(await list('apps/v1', 'DaemonSet')),
    ...(await list('batch/v1', 'CronJob')),
    ...releases,
  ].filter(isAutomated);
  return {
    releases,
    workloads,
    sync: deployments.flatMap((object) => readFluxd(object) ?? [])[0],
    fileOf: new Map(),
    texts: new Map(),
    objects: [],
    problems: [],
  };
}

const isV1Release = (object: KubeObject): object is HelmRelease =>
  object.apiVersion === helmReleaseApiVersion &&
  object.kind === 'HelmRelease' &&
  isRecord(object['spec']) &&
  isRecord(object['spec']['chart']);

const isAutomated = (object: KubeObject): boolean =>
  isWorkload(object) && hasPolicy(policiesOf(object.metadata.annotations), 'automated');

/** Objects as the cluster has them, and where it has not (or there is none) as the folder has them. */
export function readerOf(
  cluster: KubeReader | undefined,
  { objects }: Pick<Gathered, 'objects'>,
  defaultNamespace: string,
): KubeReader {
  const known = new Map(
    objects.map((object) => [
      `${object.kind}/${object.metadata.namespace ?? defaultNamespace}/${object.metadata.name ?? ''}`,
      readable(object),
    ]),
  );
  const nothing = { resourceVersion: '', items: [] };
  return {
    get: async (ref, options) =>
      (await cluster?.get(ref, options)) ??
      (known.get(`${ref.kind}/${ref.namespace ?? ''}/${ref.name}`) as never),
    list: (of, options) => cluster?.list(of, options) ?? Promise.resolve(nothing as never),
    listMetadata: (of, options) => cluster?.listMetadata(of, options) ?? Promise.resolve(nothing),
  };
}

/** A Secret's `stringData` as the server would keep it. */
function readable(object: KubeObject): KubeObject {
  const given = object['stringData'];
  if (object.kind !== 'Secret' || !isRecord(given)) return object;
  const data = isRecord(object['data']) ? object['data'] : {};
  const encoded = Object.entries(given).map(([key, text]) => [
    key,
    Buffer.from(String(text)).toString('base64'),
  ]);
  return { ...object, data: { ...data, ...Object.fromEntries(encoded) } };
}
