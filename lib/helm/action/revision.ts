/** What install and upgrade have in common: a revision is rendered, its objects are found, and hooks and a wait surround the change. */
import { messageOf } from '../../runtime/mod.ts';
import { HelmError } from '../chart/mod.ts';
import type { Chart } from '../chart/mod.ts';
import type { KubeObject } from '../../objects/mod.ts';
import type { Release, ReleaseHook } from '../storage/mod.ts';
import type { GoMap } from '../values/mod.ts';
import { defaultTimeoutMs } from './context.ts';
import type { ActionContext } from './context.ts';
import type { InstallOptions, UpgradeOptions } from './engine.ts';
import { runHooks } from './hooks.ts';
import type { ReleaseObject } from './objects.ts';
import { existingObjects, liveObjects } from './ownership.ts';
import { awaitReady } from './ready.ts';
import { freshHooks } from './release-of.ts';
import { checkLabels, postRendered, renderOptions } from './render-options.ts';

type Options = InstallOptions | UpgradeOptions;

/**
 * What chart and values become.
 *
 * @param of.chart with its dependencies processed
 * @throws HelmError `RenderFailed`, `InvalidValues`
 */
export async function renderRevision(
  context: ActionContext,
  options: Options,
  of: { chart: Chart; values: GoMap; namespace: string; revision: number; isInstall: boolean },
): Promise<{ manifest: string; hooks: ReleaseHook[]; notes: string }> {
  const { chart, values, namespace, revision, isInstall } = of;
  const name = options.releaseName;
  const rendered = await context.render(chart, values, {
    release: { name, namespace, revision, isInstall, isUpgrade: !isInstall },
    capabilities: await context.capabilities.get(),
    ...renderOptions(options),
  });
  checkLabels(name, options.labels ?? {});
  const manifest = await postRendered(rendered.manifest, options);
  return { manifest, hooks: freshHooks(rendered.hooks), notes: rendered.notes };
}

/**
 * Objects of a revision that are there although no revision before has them.
 *
 * @param goal what cannot go on, in Helm's words
 * @returns those that the release may take over, with what the cluster has
 * @throws HelmError `NotOwned`
 */
export async function objectsToAdopt(
  context: ActionContext,
  options: Options,
  objects: readonly ReleaseObject[],
  { namespace, goal }: { namespace: string; goal: 'install' | 'update' },
): Promise<Map<ReleaseObject, KubeObject>> {
  const name = options.releaseName;
  try {
    return await (options.takeOwnership === true
      ? liveObjects(context, objects)
      : existingObjects(context, objects, name, namespace));
  } catch (cause) {
    const message = `Unable to continue with ${goal}: ${messageOf(cause)}`;
    throw new HelmError('NotOwned', name, message, { cause });
  }
}

/** A change of the cluster with what comes before and after it. */
export interface Surrounded {
  verb: 'install' | 'upgrade';
  /** Waited for, when that is asked for. */
  objects: readonly ReleaseObject[];
  /** The words for a hook that failed. */
  hookFailed: (event: string, problem: string) => string;
  change: () => Promise<void>;
  /** Called when a wait begins. */
  onWait?: () => void;
}

/** @throws HelmError `HookFailed`, `NotReady`, and what the change throws */
export async function perform(
  context: ActionContext,
  options: Options,
  release: Release,
  { verb, objects, hookFailed, change, onWait }: Surrounded,
): Promise<void> {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const hooks = async (event: string) => {
    if (options.disableHooks === true) return;
    await runHooks(context, release, event, timeoutMs).catch((cause: unknown) => {
      const message = hookFailed(event, messageOf(cause));
      throw new HelmError('HookFailed', release.name, message, { cause });
    });
  };
  await hooks(`pre-${verb}`);
  await change();
  if (options.wait === true || options.atomic === true) {
    onWait?.();
    await awaitReady(context, objects, options);
  }
  await hooks(`post-${verb}`);
}
