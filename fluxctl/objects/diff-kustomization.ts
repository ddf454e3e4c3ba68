/** `fluxctl diff kustomization`: what a Kustomization would change if its source had the files of a folder. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { Fault, messageOf } from '../../lib/runtime/mod.ts';
import { previewKustomization } from '../../toolkit/kustomization/mod.ts';
import type { Preview } from '../../toolkit/kustomization/mod.ts';
import type { CommandContext } from '../command.ts';
import { compare } from '../diff/compare.ts';
import { cleaned } from '../diff/applied.ts';
import { VerbFailed } from '../errors.ts';
import type { Cluster } from './cluster.ts';
import type { LocalFilesOptions } from './kustomization-flags.ts';
import { localFiles } from './local-files.ts';
import { folderOf, isKustomization, keyOf, wantedKustomization } from './local-kustomization.ts';
import type { Wanted } from './local-kustomization.ts';
import { at, textAt } from './read.ts';

export interface DiffKustomizationOptions extends LocalFilesOptions, Wanted {
  showSecrets: boolean;
}

export interface ObjectChange {
  /** `Kind/namespace/name` */
  object: string;
  action:
    | 'created'
    | 'drifted'
    | 'recreated'
    | 'skipped'
    | 'deleted'
    /** A Kustomization among the objects, whose own changes come next. */
    | 'changed'
    /** One of another cluster, which is not compared. */
    | 'remote';
  diff: string;
}

export interface Changes {
  changes: ObjectChange[];
  problems: string[];
}

/** Whether it is more than something that is left alone. */
export const isChange = ({ action }: ObjectChange): boolean =>
  action !== 'skipped' && action !== 'remote';

/** @throws VerbFailed with status 2 when it cannot be built */
export async function diffKustomization(
  context: CommandContext,
  cluster: Cluster,
  options: DiffKustomizationOptions,
): Promise<Changes> {
  const object = await wantedKustomization(cluster, options);
  if (isRemote(object))
    throw new VerbFailed(`${keyOf(object)}: diff not supported for remote clusters`, 2);
  const workFolder = await mkdtemp(path.join(tmpdir(), 'fluxctl-diff'));
  const seen = new Set<string>();
  const compareOne = async (one: KubeObject, folder: string): Promise<Changes> => {
    seen.add(keyOf(one));
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
    const changes = changesOf(preview, options.showSecrets);
    const problems = [...preview.problems];
    if (!options.recursive) return { changes, problems };
    for (const { action, after } of preview.objects) {
      if (after === undefined || !isKustomization(after) || seen.has(keyOf(after))) continue;
      // One that is not there yet has nothing to be compared with.
      if (action === 'created') continue;
      const shown = `${after.kind}/${keyOf(after)}`;
      if (isRemote(after)) {
        changes.push({ object: shown, action: 'remote', diff: '' });
        continue;
      }
      try {
        const inner = await compareOne(after, folderOf(after, options.localSources));
        if (inner.changes.some(isChange))
          changes.push({ object: shown, action: 'changed', diff: '' });
        changes.push(...inner.changes);
        problems.push(...inner.problems);
      } catch (thrown) {
        // The others are compared all the same.
        if (!(thrown instanceof Fault)) throw thrown;
        problems.push(thrown.message);
      }
    }
    return { changes, problems };
  };
  try {
    return await compareOne(object, options.folder);
  } catch (thrown) {
    throw thrown instanceof VerbFailed ? thrown : new VerbFailed(messageOf(thrown), 2);
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

const isRemote = (object: KubeObject) => at(object, 'spec', 'kubeConfig') !== undefined;

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
    .map(({ object, action, diff }) => {
      if (action === 'changed') return `📁 ${object} changed\n`;
      if (action === 'remote')
        return `⚠️ ${object} skipped: diff not supported for remote clusters\n`;
      return `► ${object} ${action}\n${diff === '' ? '' : `${diff}\n`}`;
    })
    .join('');
