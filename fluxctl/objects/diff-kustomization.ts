/** `fluxctl diff kustomization`: what a Kustomization would change if its source had the files of a folder. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readDocuments } from '../../lib/manifest/mod.ts';
import { parseApiVersion } from '../../lib/objects/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { isRecord, messageOf } from '../../lib/runtime/mod.ts';
import { previewKustomization } from '../../toolkit/kustomization/mod.ts';
import type { Preview } from '../../toolkit/kustomization/mod.ts';
import type { CommandContext } from '../command.ts';
import { compare } from '../diff/compare.ts';
import { cleaned } from '../diff/applied.ts';
import { VerbFailed } from '../errors.ts';
import { find } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { groups, kinds } from './kinds.ts';
import { localFiles } from './local-files.ts';
import { at, textAt } from './read.ts';

export interface DiffKustomizationOptions {
  name: string;
  folder: string;
  /** A file with the Kustomization itself, in place of the spec that the cluster has; '' for none. */
  kustomizationFile: string;
  ignorePaths: readonly string[];
  strict: boolean;
  showSecrets: boolean;
  /** Kustomizations among the objects are compared in their turn. */
  recursive: boolean;
  /** For those: `Kind/namespace/name=folder` of their sources. */
  localSources: readonly string[];
}

export interface ObjectChange {
  /** `Kind/namespace/name` */
  object: string;
  action: 'created' | 'drifted' | 'recreated' | 'skipped' | 'deleted';
  diff: string;
}

export interface Changes {
  changes: ObjectChange[];
  problems: string[];
}

/** @throws VerbFailed with status 2 when it cannot be built */
export async function diffKustomization(
  context: CommandContext,
  cluster: Cluster,
  options: DiffKustomizationOptions,
): Promise<Changes> {
  const object = await kustomizationOf(cluster, options);
  const workFolder = await mkdtemp(path.join(tmpdir(), 'fluxctl-diff'));
  const all: Changes = { changes: [], problems: [] };
  const seen = new Set<string>();
  const compareOne = async (one: KubeObject, folder: string): Promise<void> => {
    seen.add(keyOf(one));
    if (at(one, 'spec', 'kubeConfig') !== undefined)
      throw new VerbFailed(`${keyOf(one)}: diff is not supported for remote clusters`, 2);
    const local = await localFiles(folder, textAt(one, 'spec', 'path'), options.ignorePaths);
    const preview = await previewKustomization({
      kube: cluster.kube,
      object: one,
      ...local,
      strict: options.strict,
      workFolder,
      env: context.env,
      now: () => context.clock.now(),
      signal: context.signal ?? new AbortController().signal,
    });
    all.changes.push(...changesOf(preview, options.showSecrets));
    all.problems.push(...preview.problems);
    if (!options.recursive) return;
    for (const { action, after } of preview.objects) {
      if (after === undefined || !isKustomization(after) || seen.has(keyOf(after))) continue;
      // One that is not there yet has nothing to be compared with.
      if (action === 'created') continue;
      await compareOne(after, folderOf(after, options.localSources));
    }
  };
  try {
    await compareOne(object, options.folder);
    return all;
  } catch (thrown) {
    throw thrown instanceof VerbFailed ? thrown : new VerbFailed(messageOf(thrown), 2);
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

const keyOf = ({ metadata }: KubeObject) => `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;

const isKustomization = ({ apiVersion, kind }: KubeObject) =>
  kind === 'Kustomization' && parseApiVersion(apiVersion).group === groups.kustomize;

/** Where the files of a Kustomization lie, by its source. @throws VerbFailed */
export function folderOf(object: KubeObject, localSources: readonly string[]): string {
  const [kind, name] = ['kind', 'name'].map((key) => textAt(object, 'spec', 'sourceRef', key));
  const namespace =
    textAt(object, 'spec', 'sourceRef', 'namespace') || (object.metadata.namespace ?? '');
  const source = `${kind}/${namespace}/${name}`;
  const local = localSources.find((each) => each.startsWith(`${source}=`));
  if (local === undefined)
    throw new VerbFailed(
      `cannot get local path for ${source} of kustomization ${object.metadata.name ?? ''}: name it with --local-sources`,
      2,
    );
  return path.join(local.slice(source.length + 1), textAt(object, 'spec', 'path'));
}

/** What the server has, with the spec of the file when there is one. */
async function kustomizationOf(
  cluster: Cluster,
  { name, kustomizationFile }: DiffKustomizationOptions,
): Promise<KubeObject> {
  const { kube, namespace } = cluster;
  const of = kinds.filter(({ kind }) => kind === 'Kustomization');
  const { ref } = await find(cluster, of, name);
  const live = await kube.get(ref);
  if (live === undefined) throw new VerbFailed(`Kustomization ${namespace}/${name} is gone`, 2);
  if (kustomizationFile === '') return live;
  let documents: unknown[];
  try {
    documents = readDocuments(await readFile(kustomizationFile, 'utf8'));
  } catch (thrown) {
    throw new VerbFailed(
      `invalid kustomization file "${kustomizationFile}": ${messageOf(thrown)}`,
      2,
    );
  }
  const own = documents.find(
    (each) => textAt(each, 'kind') === 'Kustomization' && textAt(each, 'metadata', 'name') === name,
  );
  if (!isRecord(own))
    throw new VerbFailed(`no Kustomization '${name}' in "${kustomizationFile}"`, 2);
  return { ...live, spec: own['spec'] };
}

export function changesOf(preview: Preview, showSecrets: boolean): ObjectChange[] {
  return preview.objects.flatMap(({ shown, action, before, after }): ObjectChange[] => {
    if (action === 'unchanged') return [];
    if (action !== 'configured') return [{ object: shown, action, diff: '' }];
    const state = (object: KubeObject | undefined) =>
      new Map(object === undefined ? [] : [[shown, cleaned(object)] as const]);
    const diff = compare(state(before), state(after), showSecrets)
      .map((one) => one.diff)
      .join('');
    return [{ object: shown, action: 'drifted', diff }];
  });
}

/** As flux tells it, with the changes as `diff -u` shows them. */
export const printedChanges = (changes: readonly ObjectChange[]): string =>
  changes
    .map(({ object, action, diff }) => `► ${object} ${action}\n${diff === '' ? '' : `${diff}\n`}`)
    .join('');
