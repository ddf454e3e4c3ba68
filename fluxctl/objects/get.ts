/** `fluxctl get`: objects and how they are. */
import { toYaml, parseYaml } from '../../lib/helm/yaml/mod.ts';
import type { KubeClient } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { inParallel } from '../../lib/runtime/mod.ts';
import { UsageError, VerbFailed } from '../errors.ts';
import { notServed, servedVersion } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import type { FluxKind } from './kind.ts';
import type { Selection } from './names.ts';
import { headerOf, isSelected, rowOf } from './rows.ts';
import type { RowOptions, StatusSelector } from './rows.ts';
import { sayTo } from './say.ts';
import { fluxTable, widthsOf } from './table.ts';

export type Output = 'table' | 'wide' | 'json' | 'yaml';

export interface GetOptions {
  selection: Selection;
  allNamespaces: boolean;
  header: boolean;
  statusSelector: StatusSelector | undefined;
  labelSelector: string;
  showSource: boolean;
  output: Output;
  watch: boolean;
  now: Date;
  signal: AbortSignal | undefined;
  out: (text: string) => void;
  err: (text: string) => void;
}

interface Listed {
  of: FluxKind;
  apiVersion: string;
  objects: KubeObject[];
  resourceVersion: string;
}

/** @throws VerbFailed when nothing was found */
export async function get(cluster: Cluster, options: GetOptions): Promise<void> {
  const { selection, output } = options;
  if (options.watch && (selection.isAll || output === 'json' || output === 'yaml'))
    throw new UsageError(
      selection.isAll
        ? `expected a single resource type, but found ${selection.words}`
        : '--watch prints tables only',
    );
  const versions = await inParallel(selection.kinds, 8, async (of) => ({
    of,
    apiVersion: await servedVersion(cluster.kube, of),
  }));
  const served = versions.flatMap(({ of, apiVersion }) =>
    apiVersion === undefined ? [] : [{ of, apiVersion }],
  );
  // A cluster with one generation of a kind need not have the other.
  const absent = selection.kinds.filter(({ kind }) => !served.some(({ of }) => of.kind === kind));
  if (absent.length > 0) sayTo(options).failure(notServed(absent));
  const listed = await inParallel(served, 8, (each) => list(cluster, each, options));
  const some = listed.filter(({ objects }) => objects.length > 0);
  checkFound(cluster, options, listed);
  if (output === 'json' || output === 'yaml') print(some, options);
  else await show(cluster.kube, listed, cluster.namespace, options);
}

async function list(
  { kube, namespace }: Cluster,
  { of, apiVersion }: { of: FluxKind; apiVersion: string },
  { allNamespaces, labelSelector, selection, statusSelector }: GetOptions,
): Promise<Listed> {
  const { items, resourceVersion } = await kube.list(
    { apiVersion, kind: of.kind, ...(allNamespaces ? {} : { namespace }) },
    labelSelector === '' ? {} : { labelSelector },
  );
  const { names } = selection;
  const wanted = items.filter(
    (each) =>
      // Who names an object gets it, whoever it belongs to.
      (names.length === 0
        ? (of.isOurs?.(each) ?? true)
        : names.includes(each.metadata.name ?? '')) && isSelected(of, each, statusSelector),
  );
  return { of, apiVersion, resourceVersion, objects: wanted };
}

function checkFound(
  { namespace }: Cluster,
  { selection, allNamespaces, statusSelector }: GetOptions,
  listed: readonly Listed[],
): void {
  const where = allNamespaces ? 'any' : JSON.stringify(namespace);
  const present = listed.flatMap(({ objects }) => objects.map(({ metadata }) => metadata.name));
  const shown = [...new Set(selection.kinds.map(({ kind }) => kind))].join(' or ');
  const missing = selection.names.find((name) => !present.includes(name));
  if (missing !== undefined)
    throw new VerbFailed(`${shown} object '${missing}' not found in ${where} namespace`);
  // A server without the kind, or a filter that lets nothing pass, is no failure.
  if (present.length > 0 || selection.isAll || listed.length === 0) return;
  if (statusSelector === undefined)
    throw new VerbFailed(`no ${shown} objects found in ${where} namespace`);
}

function print(some: readonly Listed[], { output, out }: GetOptions): void {
  const items = some.flatMap(({ objects }) =>
    objects.map((object) => {
      const metadata = { ...object.metadata };
      delete metadata.managedFields;
      return { ...object, metadata };
    }),
  );
  const list = { apiVersion: 'v1', kind: 'List', items };
  const text = JSON.stringify(items.length === 1 ? items[0] : list, undefined, 2);
  out(output === 'json' ? `${text}\n` : toYaml(parseYaml(text)));
}

async function show(
  kube: KubeClient,
  listed: readonly Listed[],
  namespace: string,
  options: GetOptions,
): Promise<void> {
  const { selection, out } = options;
  const tables = tablesOf(listed);
  // Kinds in front of names where a table is not of one kind alone.
  const kinds = selection.isAll || tables.length > 1 || selection.kinds.length > 2;
  const rowOptions: RowOptions = {
    namespaces: options.allNamespaces,
    kinds,
    source: options.showSource || options.output === 'wide',
    wide: options.output === 'wide',
    now: options.now,
  };
  for (const table of tables) {
    const [first] = table;
    if (first === undefined) continue;
    const rows = table.flatMap(({ of, objects }) =>
      objects.map((object) => rowOf(of, object, rowOptions)),
    );
    const header = options.header ? headerOf(first.of, rowOptions) : undefined;
    out(fluxTable(header, rows));
    if (selection.isAll || tables.length > 1) out('\n');
  }
  if (!options.watch) return;
  const widths = listed.map(({ of, objects }) =>
    widthsOf([headerOf(of, rowOptions), ...objects.map((object) => rowOf(of, object, rowOptions))]),
  );
  await Promise.all(
    listed.map((each, at) => follow(kube, each, namespace, rowOptions, widths[at] ?? [], options)),
  );
}

/** Workloads of all kinds share one table. */
function tablesOf(listed: readonly Listed[]): Listed[][] {
  const some = listed.filter(({ objects }) => objects.length > 0);
  const workloads = some.filter(({ of }) => of.isOurs !== undefined);
  const others = some.filter(({ of }) => of.isOurs === undefined).map((each) => [each]);
  return workloads.length === 0 ? others : [...others, workloads];
}

/** Prints objects as they change, in the columns of the table above. */
async function follow(
  kube: KubeClient,
  { of, apiVersion, resourceVersion }: Listed,
  namespace: string,
  rowOptions: RowOptions,
  widths: readonly number[],
  { allNamespaces, labelSelector, selection, statusSelector, out, signal }: GetOptions,
): Promise<void> {
  let from = resourceVersion;
  const stop = signal ?? new AbortController().signal;
  const { names } = selection;
  while (!stop.aborted) {
    const events = kube.watch(
      { apiVersion, kind: of.kind, ...(allNamespaces ? {} : { namespace }) },
      {
        resourceVersion: from,
        signal: stop,
        ...(labelSelector === '' ? {} : { labelSelector }),
      },
    );
    try {
      for await (const { type, object } of events) {
        if (type === 'ERROR') throw new VerbFailed(`watch ended: ${String(object['message'])}`);
        from = object.metadata.resourceVersion ?? from;
        const isWanted =
          names.length === 0
            ? (of.isOurs?.(object) ?? true)
            : names.includes(object.metadata.name ?? '');
        if (type !== 'BOOKMARK' && type !== 'DELETED' && isWanted)
          if (isSelected(of, object, statusSelector))
            out(fluxTable(undefined, [rowOf(of, object, rowOptions)], widths));
      }
    } catch (thrown) {
      if (stop.aborted) return;
      throw thrown;
    }
  }
}
