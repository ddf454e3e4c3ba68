/** `fluxctl events`: what Kubernetes Events say of Flux's objects, the oldest first. */
import type { KubeClient } from '../../lib/kube/mod.ts';
import { parseApiVersion } from '../../lib/objects/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { UsageError, VerbFailed } from '../errors.ts';
import { servedVersion } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { kinds } from './kinds.ts';
import type { FluxKind } from './kind.ts';
import { kindsNamed } from './names.ts';
import { countAt, textAt } from './read.ts';
import { sayTo } from './say.ts';
import { age } from './since.ts';
import { fluxTable, widthsOf } from './table.ts';

export interface EventsOptions {
  allNamespaces: boolean;
  /** `KIND`, `KIND/NAME`, or '' for all objects of Flux. */
  of: string;
  /** `Normal`, `Warning`, in any case; none for both. */
  types: readonly string[];
  watch: boolean;
  now: () => Date;
  signal: AbortSignal | undefined;
  out: (text: string) => void;
  err: (text: string) => void;
}

/** Events of one kind, or of one object. */
interface About {
  kinds: readonly FluxKind[];
  /** '' for any. */
  name: string;
  /** '' for all. */
  namespace: string;
}

export async function events(cluster: Cluster, options: EventsOptions): Promise<void> {
  const { allNamespaces, types, out, watch } = options;
  const unknown = types.find((each) => !['normal', 'warning'].includes(each.toLowerCase()));
  if (unknown !== undefined)
    throw new UsageError(`type '${unknown}' not supported. Supported types are Normal, Warning`);
  const { kube } = cluster;
  const namespace = allNamespaces ? '' : cluster.namespace;
  const about = await aboutOf(cluster, options.of, namespace);
  const namespaces = namespace === '' || about.some((each) => each.namespace !== namespace);
  const { found, from } = await list(kube, about, options);
  const header = [...(namespaces ? ['Namespace'] : []), ...titles];
  const row = (event: KubeObject) => rowOf(event, namespaces, options.now());
  const rows = found.map(row);
  if (rows.length > 0) out(fluxTable(header, rows));
  else if (!watch) {
    const where = allNamespaces ? '' : ` in ${cluster.namespace} namespace`;
    sayTo(options).failure(`No events found${where}.`);
    return;
  }
  if (!watch) return;
  if (rows.length === 0) out(fluxTable(header, []));
  const widths = widthsOf([header, ...rows]);
  await follow(kube, { about, from, options }, (event) => {
    out(fluxTable(undefined, [row(event)], widths));
  });
}

const titles = ['Last seen', 'Type', 'Reason', 'Object', 'Message'];

/** The objects that are asked for, and those that they depend on. */
async function aboutOf(cluster: Cluster, of: string, namespace: string): Promise<About[]> {
  if (of === '')
    return [{ kinds: kinds.filter(({ isOurs }) => isOurs === undefined), name: '', namespace }];
  const [word = '', name = '', ...more] = of.split('/');
  if (word === '' || more.length > 0)
    throw new UsageError('--for selector must be of format <kind>[/<name>]');
  const own = kindsNamed(word);
  if (own.length === 0) throw new UsageError(`'${word}' is not a recognized Flux kind`);
  const first: About = { kinds: own, name, namespace };
  if (name === '') return [first];
  const others: About[] = [];
  for (const each of own) others.push(...(await referred(cluster, each, name)));
  return [first, ...others];
}

/** Where an object gets its work from: its source, and what stands between them. */
async function referred(
  { kube, namespace }: Cluster,
  of: FluxKind,
  name: string,
): Promise<About[]> {
  const apiVersion = await servedVersion(kube, of);
  const object =
    apiVersion === undefined
      ? undefined
      : await kube.get({ apiVersion, kind: of.kind, namespace, name });
  if (object === undefined) return [];
  const about = (kind: string, at: string, called: string): About[] =>
    called === ''
      ? []
      : [
          {
            kinds: kinds.filter((each) => each.kind === kind && each.generation === 2),
            name: called,
            namespace: at,
          },
        ];
  if (of.kind === 'Alert')
    return about('Provider', namespace, textAt(object, 'spec', 'providerRef', 'name'));
  if (of.kind === 'ImagePolicy') {
    const at = textAt(object, 'spec', 'imageRepositoryRef', 'namespace') || namespace;
    return about('ImageRepository', at, textAt(object, 'spec', 'imageRepositoryRef', 'name'));
  }
  const source = of.source(object);
  if (source === undefined) return [];
  return [
    ...about(source.kind, source.namespace, source.name),
    ...(of.kind === 'HelmRelease' && source.kind !== 'OCIRepository' && source.kind !== 'HelmChart'
      ? about('HelmChart', source.namespace, `${namespace}-${name}`)
      : []),
  ];
}

async function list(
  kube: KubeClient,
  about: readonly About[],
  { types }: Pick<EventsOptions, 'types'>,
): Promise<{ found: KubeObject[]; from: string }> {
  const found = new Map<string, KubeObject>();
  let from = '';
  for (const each of about) {
    const listed = await kube.list(
      {
        apiVersion: 'v1',
        kind: 'Event',
        ...(each.namespace === '' ? {} : { namespace: each.namespace }),
      },
      each.name === '' ? {} : { fieldSelector: `involvedObject.name=${each.name}` },
    );
    // Later lists would miss what happens before them.
    if (from === '') from = listed.resourceVersion;
    for (const event of listed.items)
      if (isAbout(event, each) && isOfType(event, types))
        found.set(event.metadata.uid ?? event.metadata.name ?? '', event);
  }
  const all = [...found.values()].sort((a, b) => timeOf(a) - timeOf(b));
  return { found: all, from };
}

export function isAbout(event: KubeObject, { kinds: own, name, namespace }: About): boolean {
  const { group } = parseApiVersion(textAt(event, 'involvedObject', 'apiVersion'));
  const kind = textAt(event, 'involvedObject', 'kind');
  return (
    own.some((each) => each.kind === kind && each.group === group) &&
    (name === '' || textAt(event, 'involvedObject', 'name') === name) &&
    (namespace === '' || event.metadata.namespace === namespace)
  );
}

const isOfType = (event: KubeObject, types: readonly string[]) =>
  types.length === 0 ||
  types.some((each) => each.toLowerCase() === textAt(event, 'type').toLowerCase());

/** When it was last seen; one that says nothing counts as the oldest. */
function timeOf(event: KubeObject): number {
  const times = [
    textAt(event, 'series', 'lastObservedTime'),
    textAt(event, 'lastTimestamp'),
    textAt(event, 'eventTime'),
  ];
  return Date.parse(times.find((time) => time !== '') ?? '') || 0;
}

export function rowOf(event: KubeObject, namespaces: boolean, now: Date): string[] {
  const of = (...path: string[]) => textAt(event, ...path);
  return [
    ...(namespaces ? [event.metadata.namespace ?? ''] : []),
    lastSeen(event, now),
    of('type'),
    of('reason'),
    `${of('involvedObject', 'kind')}/${of('involvedObject', 'name')}`,
    of('message'),
  ];
}

/** `5m (x3 over 2h)` of an Event that came again. */
function lastSeen(event: KubeObject, now: Date): string {
  const since = (...path: string[]) => age(textAt(event, ...path), now);
  const first = textAt(event, 'eventTime') === '' ? since('firstTimestamp') : since('eventTime');
  const series = countAt(event, 'series', 'count');
  if (series !== undefined)
    return `${since('series', 'lastObservedTime')} (x${series} over ${first})`;
  const count = countAt(event, 'count') ?? 0;
  return count > 1 ? `${since('lastTimestamp')} (x${count} over ${first})` : first;
}

interface Following {
  about: readonly About[];
  from: string;
  options: EventsOptions;
}

async function follow(
  kube: KubeClient,
  { about, from, options }: Following,
  show: (event: KubeObject) => void,
): Promise<void> {
  const stop = options.signal ?? new AbortController().signal;
  const places = new Set(about.map(({ namespace }) => namespace));
  const [place = ''] = places;
  // One watch of all namespaces rather than several.
  const where = places.size > 1 || place === '' ? {} : { namespace: place };
  let resourceVersion = from;
  while (!stop.aborted) {
    try {
      const changes = kube.watch(
        { apiVersion: 'v1', kind: 'Event', ...where },
        { resourceVersion, signal: stop },
      );
      for await (const { type, object } of changes) {
        if (type === 'ERROR') throw new VerbFailed(`watch ended: ${textAt(object, 'message')}`);
        resourceVersion = object.metadata.resourceVersion ?? resourceVersion;
        const isNew = type === 'ADDED' || type === 'MODIFIED';
        if (isNew && isOfType(object, options.types))
          if (about.some((each) => isAbout(object, each))) show(object);
      }
    } catch (thrown) {
      if (stop.aborted) return;
      throw thrown;
    }
  }
}
