/** `fluxctl diff kustomization`: what a Kustomization would change if its source had the files of a folder. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readDocuments } from '../../lib/manifest/mod.ts';
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
import { kinds } from './kinds.ts';
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
  if (at(object, 'spec', 'kubeConfig') !== undefined)
    throw new VerbFailed('diff is not supported for remote clusters', 2);
  const local = await localFiles(
    options.folder,
    textAt(object, 'spec', 'path'),
    options.ignorePaths,
  );
  const workFolder = await mkdtemp(path.join(tmpdir(), 'fluxctl-diff'));
  try {
    const preview = await previewKustomization({
      kube: cluster.kube,
      object,
      ...local,
      strict: options.strict,
      workFolder,
      env: context.env,
      now: () => context.clock.now(),
      signal: context.signal ?? new AbortController().signal,
    });
    return { changes: changesOf(preview, options.showSecrets), problems: preview.problems };
  } catch (thrown) {
    throw new VerbFailed(messageOf(thrown), 2);
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
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
