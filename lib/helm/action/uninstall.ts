/** Removing a release (helm 3.19 pkg/action/uninstall.go). */
import { messageOf } from '../../runtime/mod.ts';
import { HelmError, sortManifests, splitManifests, uninstallOrder } from '../chart/mod.ts';
import type { Release, ReleaseRecord } from '../storage/mod.ts';
import { deleteObjects } from './apply.ts';
import { checkReleaseName, defaultTimeoutMs, timestamp } from './context.ts';
import type { ActionContext } from './context.ts';
import type { UninstallOptions } from './engine.ts';
import { record, runHooks } from './hooks.ts';
import { waitUntilGone } from './ready.ts';
import { storedObjects } from './stored-objects.ts';

const propagationOf = {
  background: 'Background',
  foreground: 'Foreground',
  orphan: 'Orphan',
} as const;

/** @throws HelmError `ReleaseNotFound`, `HookFailed`, `ApplyFailed` */
export async function uninstall(
  context: ActionContext,
  options: UninstallOptions,
): Promise<{ release: Release; info: string }> {
  const { releaseName: name } = options;
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  await context.capabilities.get();
  const verb = options.dryRun === true ? 'releaseContent' : 'uninstall';
  checkReleaseName(name, () => `${verb}: Release name is invalid: ${name}`);
  const records = await context.store.records(name);
  const newest = records.at(-1);
  const release = newest === undefined ? undefined : await context.store.get(name, newest.revision);
  if (options.dryRun === true) {
    if (release !== undefined) return { release, info: '' };
    throw new HelmError('ReleaseNotFound', name, 'release: not found');
  }
  if (release === undefined) {
    throw new HelmError(
      'ReleaseNotFound',
      name,
      `uninstall: Release not loaded: ${name}: release: not found`,
    );
  }
  if (release.info.status === 'uninstalled') {
    if (options.keepHistory === true) {
      throw new HelmError(
        'ReleaseNotFound',
        name,
        `the release named "${name}" is already deleted`,
      );
    }
    await purge(context, records);
    return { release, info: '' };
  }
  context.log(`uninstall: Deleting ${name}`);
  release.info.status = 'uninstalling';
  release.info.deleted = timestamp(context.clock);
  release.info.description = 'Deletion in progress (or silently failed)';
  if (options.disableHooks !== true) await runHooks(context, release, 'pre-delete', timeoutMs);
  else context.log(`delete hooks disabled for ${name}`);
  await record(context, release);

  const { kept, problems } = await deleteRelease(context, release, options, timeoutMs);
  if (options.disableHooks !== true) {
    try {
      await runHooks(context, release, 'post-delete', timeoutMs);
    } catch (cause) {
      problems.push(cause);
    }
  }
  release.info.status = 'uninstalled';
  release.info.description = options.description ? options.description : 'Uninstallation complete';
  if (options.keepHistory === true) await record(context, release);
  else {
    context.log(`purge requested for ${name}`);
    try {
      await purge(context, records);
    } catch (cause) {
      problems.push(
        new HelmError(
          'ApplyFailed',
          name,
          `uninstall: Failed to purge the release: ${messageOf(cause)}`,
          { cause },
        ),
      );
    }
  }
  if (problems.length > 0) {
    throw new HelmError(
      'ApplyFailed',
      name,
      `uninstallation completed with ${problems.length} error(s): ${problems.map(messageOf).join('; ')}`,
      { cause: problems[0] },
    );
  }
  const info = kept === '' ? '' : `These resources were kept due to the resource policy:\n${kept}`;
  return { release, info };
}

async function deleteRelease(
  context: ActionContext,
  release: Release,
  options: UninstallOptions,
  timeoutMs: number,
): Promise<{ kept: string; problems: unknown[] }> {
  const documents = splitManifests(release.manifest);
  const files = new Map(
    documents.map((document, at) => [`manifest-${String(at).padStart(6, '0')}`, document]),
  );
  const { manifests } = sortManifests(files, uninstallOrder);
  const isKept = (annotations: ReadonlyMap<string, string>) =>
    annotations.get('helm.sh/resource-policy')?.trim().toLowerCase() === 'keep';
  const kept = manifests
    .filter(({ head }) => isKept(head.annotations))
    .map(({ head }) => `[${head.kind}] ${head.name}\n`)
    .join('');
  const stream = manifests
    .filter(({ head }) => !isKept(head.annotations))
    .map(({ content }) => `\n---\n${content}`)
    .join('');
  const fail = (cause: unknown) => {
    context.log(`uninstall: Failed to delete release: [${messageOf(cause)}]`);
    return new HelmError('ApplyFailed', release.name, `failed to delete release: ${release.name}`, {
      cause,
    });
  };
  const objects = await storedObjects(context, stream).catch((cause: unknown) => {
    throw fail(cause);
  });
  const problems = await deleteObjects(
    context,
    objects,
    propagationOf[options.cascade ?? 'background'],
  );
  if (problems.length > 0) throw fail(problems[0]);
  const later: unknown[] = [];
  if (options.wait === true) {
    try {
      await waitUntilGone(context, objects, timeoutMs);
    } catch (cause) {
      later.push(cause);
    }
  }
  return { kept, problems: later };
}

async function purge(context: ActionContext, records: readonly ReleaseRecord[]): Promise<void> {
  for (const { name, revision } of records) await context.store.remove(name, revision);
}
