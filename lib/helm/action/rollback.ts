/** Back to an earlier revision (helm 3.19 pkg/action/rollback.go). */
import { messageOf } from '../../runtime/mod.ts';
import { HelmError } from '../chart/mod.ts';
import { pruneHistory } from '../storage/mod.ts';
import type { Release, ReleaseRecord } from '../storage/mod.ts';
import { deleteObjects, UpdateFailed, updateObjects } from './apply.ts';
import { checkReleaseName, defaultTimeoutMs, timestamp } from './context.ts';
import type { ActionContext } from './context.ts';
import type { RollbackOptions } from './engine.ts';
import { record, runHooks } from './hooks.ts';
import { withOwner } from './ownership.ts';
import { awaitReady } from './ready.ts';
import { recreatePods } from './recreate-pods.ts';
import { applyMethodOf } from './server-side.ts';
import { storedObjects } from './stored-objects.ts';
import { withUndeployed } from './undeployed.ts';

/** @throws HelmError `ReleaseNotFound`, `HookFailed`, `ApplyFailed`, `NotReady` */
export async function rollback(given: ActionContext, options: RollbackOptions): Promise<Release> {
  const { releaseName: name } = options;
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  await given.capabilities.get();
  checkReleaseName(name, () => `prepareRollback: Release name is invalid: ${name}`);
  if (options.revision < 0)
    throw new HelmError('ReleaseNotFound', name, 'invalid release revision');
  given.log(`preparing rollback of ${name}`);
  const records = await given.store.records(name);
  const { current, target, acting } = await prepare(given, options, records);
  const context = { ...given, ...acting };
  if (options.dryRun === true) {
    context.log(`dry run for ${name}`);
    return target;
  }
  await pruneHistory(context.store, records, options.maxHistory ?? 10);
  context.log(`creating rolled back release for ${name}`);
  await context.store.create(target);
  context.log(`performing rollback of ${name}`);

  const present = await storedObjects(context, current.manifest);
  const wanted = await storedObjects(context, target.manifest);
  const before = options.heedUndeployed === true ? withUndeployed(wanted, present) : present;
  const after = withOwner(wanted, name, target.namespace, options.annotations);
  if (options.disableHooks !== true) await runHooks(context, target, 'pre-rollback', timeoutMs);
  else context.log(`rollback hooks disabled for ${name}`);

  let updated;
  try {
    updated = await updateObjects(context, before, after, { force: options.force ?? false });
  } catch (cause) {
    const message = `Rollback "${name}" failed: ${messageOf(cause)}`;
    context.log(`warning: ${message}`);
    current.info.status = 'superseded';
    target.info = { ...target.info, status: 'failed', description: message };
    await record(context, current);
    await record(context, target);
    if (options.cleanupOnFail === true && cause instanceof UpdateFailed) {
      const { created } = cause.result;
      context.log(`Cleanup on fail set, cleaning up ${created.length} resources`);
      const problems = await deleteObjects(context, created);
      if (problems.length > 0) {
        throw new HelmError(
          'ApplyFailed',
          name,
          `an error occurred while cleaning up resources. original rollback error: ${messageOf(cause)}: unable to cleanup resources: ${problems.map(messageOf).join(', ')}`,
          { cause },
        );
      }
      context.log('Resource cleanup complete');
    }
    throw cause;
  }
  if (options.recreatePods === true) await recreatePods(context, updated.updated);
  if (options.wait === true) {
    try {
      await awaitReady(context, after, options);
    } catch (cause) {
      target.info.status = 'failed';
      target.info.description = `Release "${name}" failed: ${messageOf(cause)}`;
      await record(context, current);
      await record(context, target);
      throw new HelmError('NotReady', name, `release ${name} failed: ${messageOf(cause)}`, {
        cause,
      });
    }
  }
  if (options.disableHooks !== true) await runHooks(context, target, 'post-rollback', timeoutMs);
  for (const each of records.filter((one) => one.status === 'deployed')) {
    context.log(`superseding previous deployment ${each.revision}`);
    const deployed =
      each.revision === current.version ? current : await context.store.get(name, each.revision);
    if (deployed === undefined) continue;
    deployed.info.status = 'superseded';
    await record(context, deployed);
  }
  target.info.status = 'deployed';
  context.log(`updating status for rolled back release for ${name}`);
  await context.store.update(target);
  return target;
}

async function prepare(
  context: ActionContext,
  options: RollbackOptions,
  records: readonly ReleaseRecord[],
): Promise<{ current: Release; target: Release; acting: Pick<ActionContext, 'serverSide'> }> {
  const { releaseName: name } = options;
  const newest = records.at(-1);
  const current = newest === undefined ? undefined : await context.store.get(name, newest.revision);
  if (current === undefined) throw new HelmError('ReleaseNotFound', name, 'release: not found');
  const revision = options.revision === 0 ? current.version - 1 : options.revision;
  if (!records.some((each) => each.revision === revision))
    throw new HelmError('ReleaseNotFound', name, `release has no ${revision} version`);
  context.log(`rolling back ${name} (current: v${current.version}, target: v${revision})`);
  const previous = await context.store.get(name, revision);
  if (previous === undefined) throw new HelmError('ReleaseNotFound', name, 'release: not found');
  const how = applyMethodOf(context, options.serverSideApply, previous.applyMethod, true);
  const target: Release = {
    ...how.noted,
    name,
    namespace: current.namespace,
    version: current.version + 1,
    info: {
      firstDeployed: current.info.firstDeployed,
      lastDeployed: timestamp(context.clock),
      deleted: '',
      description: options.description ? options.description : `Rollback to ${revision}`,
      status: 'pending-rollback',
      notes: previous.info.notes,
    },
    chart: previous.chart,
    config: previous.config,
    manifest: previous.manifest,
    hooks: previous.hooks.map((hook) => ({ ...hook, lastRun: { ...hook.lastRun } })),
    labels: previous.labels,
  };
  return { current, target, acting: how.acting };
}
