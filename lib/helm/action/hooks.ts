/** Running the hooks of an event (helm 3.19 pkg/action/hooks.go). */
import { messageOf } from '../../runtime/mod.ts';
import { HelmError } from '../chart/mod.ts';
import { compareText } from '../yaml/mod.ts';
import type { Release, ReleaseHook } from '../storage/mod.ts';
import { createObjects, deleteObjects } from './apply.ts';
import { timestamp } from './context.ts';
import type { ActionContext } from './context.ts';
import { outputLogs } from './hook-logs.ts';
import { buildObjects } from './objects.ts';
import { waitUntilGone, waitUntilRun } from './ready.ts';

/**
 * Runs the hooks of one event, by weight and name, each waited for. The run is recorded in the release's hooks, and
 * the release is stored before each one starts.
 *
 * @throws HelmError `HookFailed`
 */
export async function runHooks(
  context: ActionContext,
  release: Release,
  event: string,
  timeoutMs: number,
): Promise<void> {
  const running = release.hooks
    .filter((hook) => hook.events.includes(event))
    .sort((a, b) => a.weight - b.weight || compareText(a.name, b.name));
  const done: ReleaseHook[] = [];
  for (const hook of running) {
    if (hook.deletePolicies.length === 0) hook.deletePolicies = ['before-hook-creation'];
    await deleteByPolicy(context, hook, 'before-hook-creation', timeoutMs);
    const objects = await buildObjects(context.kube, hook.manifest, context.namespace).catch(
      (cause: unknown) => {
        throw new HelmError(
          'HookFailed',
          hook.path,
          `unable to build kubernetes object for ${event} hook ${hook.path}: ${messageOf(cause)}`,
          { cause },
        );
      },
    );
    hook.lastRun = { startedAt: timestamp(context.clock), completedAt: '', phase: 'Running' };
    await record(context, release);
    hook.lastRun.phase = 'Unknown';
    try {
      await createObjects(context, objects);
    } catch (cause) {
      finish(context, hook, 'Failed');
      throw new HelmError(
        'HookFailed',
        hook.path,
        `warning: Hook ${event} ${hook.path} failed: ${messageOf(cause)}`,
        { cause },
      );
    }
    try {
      await waitUntilRun(context, objects, timeoutMs);
    } catch (cause) {
      finish(context, hook, 'Failed');
      await outputLogs(context, hook, 'hook-failed');
      try {
        await deleteByPolicy(context, hook, 'hook-failed', timeoutMs);
      } catch (second) {
        context.log(`error deleting the hook resource on hook failure: ${messageOf(second)}`);
      }
      for (const earlier of done)
        await deleteByPolicy(context, earlier, 'hook-succeeded', timeoutMs);
      throw cause;
    }
    finish(context, hook, 'Succeeded');
    done.push(hook);
  }
  for (const hook of done.toReversed()) {
    await outputLogs(context, hook, 'hook-succeeded');
    await deleteByPolicy(context, hook, 'hook-succeeded', timeoutMs);
  }
}

function finish(context: ActionContext, hook: ReleaseHook, phase: 'Failed' | 'Succeeded'): void {
  hook.lastRun = { ...hook.lastRun, completedAt: timestamp(context.clock), phase };
}

/** Stores the release's present state; a failure is reported and does not stop the operation, as in Helm. */
export async function record(context: ActionContext, release: Release): Promise<void> {
  try {
    await context.store.update(release);
  } catch (cause) {
    context.log(`warning: Failed to update release ${release.name}: ${messageOf(cause)}`);
  }
}

async function deleteByPolicy(
  context: ActionContext,
  hook: ReleaseHook,
  policy: string,
  timeoutMs: number,
): Promise<void> {
  if (hook.kind === 'CustomResourceDefinition' || !hook.deletePolicies.includes(policy)) return;
  const objects = await buildObjects(context.kube, hook.manifest, context.namespace).catch(
    (cause: unknown) => {
      throw new HelmError(
        'HookFailed',
        hook.path,
        `unable to build kubernetes object for deleting hook ${hook.path}: ${messageOf(cause)}`,
        { cause },
      );
    },
  );
  const problems = await deleteObjects(context, objects);
  if (problems.length > 0) {
    throw new HelmError('HookFailed', hook.path, problems.map(messageOf).join('; '), {
      cause: problems[0],
    });
  }
  await waitUntilGone(context, objects, timeoutMs);
}
