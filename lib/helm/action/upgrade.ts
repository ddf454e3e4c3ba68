/** A further revision (helm 3.19 pkg/action/upgrade.go). */
import type { KubeObject } from '../../objects/mod.ts';
import { messageOf } from '../../runtime/mod.ts';
import { HelmError, processDependencies } from '../chart/mod.ts';
import { pruneHistory } from '../storage/mod.ts';
import type { Release, ReleaseRecord } from '../storage/mod.ts';
import { deleteObjects, UpdateFailed, updateObjects } from './apply.ts';
import { checkReleaseName, defaultTimeoutMs, timestamp } from './context.ts';
import type { ActionContext } from './context.ts';
import { refuseUndecodable } from './decodable.ts';
import type { UpgradeOptions } from './engine.ts';
import { record } from './hooks.ts';
import { buildObjects, sameObject } from './objects.ts';
import type { ReleaseObject } from './objects.ts';
import { withOwner } from './ownership.ts';
import { storedChart } from './release-of.ts';
import { checkHidden } from './render-options.ts';
import { objectsToAdopt, perform, renderRevision } from './revision.ts';
import { rollback } from './rollback.ts';
import { applyMethodOf } from './server-side.ts';
import { storedObjects } from './stored-objects.ts';
import { withUndeployed } from './undeployed.ts';
import { valuesForUpgrade } from './values.ts';

/** @throws HelmError of any reason that storing, rendering, applying or waiting has */
export async function upgrade(given: ActionContext, options: UpgradeOptions): Promise<Release> {
  const { releaseName: name } = options;
  await given.capabilities.get();
  checkReleaseName(name, () => `release name is invalid: ${name}`);
  checkHidden(options);
  given.log(`preparing upgrade for ${name}`);
  const records = await given.store.records(name);
  const { current, newest } = await currentRelease(given, name, records);
  const takesOver = current.applyMethod !== 'ssa';
  const { acting, noted } = applyMethodOf(
    given,
    options.serverSideApply,
    newest.applyMethod,
    takesOver,
  );
  const context = { ...given, ...acting };
  const release = { ...(await prepare(context, options, current, newest)), ...noted };
  const wanted = await buildObjects(context.kube, release.manifest, context.namespace);
  context.log(`performing update for ${name}`);
  const old = 'unable to build kubernetes objects from current release manifest';
  const deployed = await build(context, current.manifest, old);
  const before =
    options.heedUndeployed === true && newest.version > current.version
      ? withUndeployed(deployed, await build(context, newest.manifest, old))
      : deployed;
  const after = withOwner(wanted, name, release.namespace, options.annotations);
  const fresh = after.filter((each) => !before.some((old) => sameObject(old, each)));
  const adopted = await objectsToAdopt(context, options, fresh, {
    namespace: release.namespace,
    goal: 'update',
  });
  if (options.dryRun !== undefined) {
    context.log(`dry run for ${name}`);
    release.info.description = options.description ? options.description : 'Dry run complete';
    return release;
  }
  // The manifest that is stored names no owner, so it is compared without.
  if (options.checkObjects === true)
    await refuseUndecodable(
      context,
      withOwner(deployed, name, release.namespace, options.annotations),
      after,
    );
  context.log(`creating upgraded release for ${name}`);
  await pruneHistory(context.store, records, options.maxHistory ?? 10);
  await context.store.create(release);
  const created: ReleaseObject[] = [];
  try {
    if (options.disableHooks === true) context.log(`upgrade hooks disabled for ${name}`);
    await change(context, options, release, { before, after, adopted, created });
  } catch (cause) {
    return await fail(context, options, release, created, cause);
  }
  current.info.status = 'superseded';
  await record(context, current);
  release.info.status = 'deployed';
  release.info.description = options.description ? options.description : 'Upgrade complete';
  context.log(`updating status for upgraded release for ${name}`);
  await context.store.update(release);
  return release;
}

/** The revision to start from: the deployed one, or the newest when none ever was. */
async function currentRelease(
  context: ActionContext,
  name: string,
  records: readonly ReleaseRecord[],
): Promise<{ current: Release; newest: Release }> {
  const none = () => new HelmError('NoDeployedRelease', name, `"${name}" has no deployed releases`);
  const newest = records.at(-1);
  if (newest === undefined) throw none();
  if (newest.status.startsWith('pending-')) {
    throw new HelmError(
      'OperationInProgress',
      name,
      'another operation (install/upgrade/rollback) is in progress',
    );
  }
  const deployed = records.findLast((each) => each.status === 'deployed');
  if (deployed === undefined && newest.status !== 'failed' && newest.status !== 'superseded')
    throw none();
  const current = await context.store.get(name, (deployed ?? newest).revision);
  if (current === undefined) throw none();
  const last =
    current.version === newest.revision ? current : await context.store.get(name, newest.revision);
  if (last === undefined) throw none();
  return { current, newest: last };
}

async function prepare(
  context: ActionContext,
  options: UpgradeOptions,
  current: Release,
  newest: Release,
): Promise<Release> {
  const { releaseName: name } = options;
  const revision = newest.version + 1;
  const { namespace } = current;
  const chosen = valuesForUpgrade(
    options.chart,
    current,
    options.values,
    options.previousValues ?? 'default',
    context,
  );
  const chart = processDependencies(chosen.chart, chosen.values, context.warn);
  const { manifest, hooks, notes } = await renderRevision(context, options, {
    chart,
    values: chosen.values,
    namespace,
    revision,
    isInstall: false,
  });
  return {
    name,
    namespace,
    version: revision,
    info: {
      firstDeployed: current.info.firstDeployed,
      lastDeployed: timestamp(context.clock),
      deleted: '',
      description: 'Preparing upgrade',
      status: 'pending-upgrade',
      notes,
    },
    chart: storedChart(chart),
    config: chosen.values,
    manifest,
    hooks,
    labels: mergedLabels(newest.labels, options.labels ?? {}),
  };
}

/** `null` as text takes a label away, wherever it stands. */
function mergedLabels(
  before: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ ...before, ...given }).filter(([, value]) => value !== 'null'),
  );
}

interface Work {
  before: readonly ReleaseObject[];
  after: readonly ReleaseObject[];
  adopted: ReadonlyMap<ReleaseObject, KubeObject>;
  /** Filled with what the update created, also when it fails. */
  created: ReleaseObject[];
}

async function change(
  context: ActionContext,
  options: UpgradeOptions,
  release: Release,
  { before, after, adopted, created }: Work,
): Promise<void> {
  let words = '';
  await perform(context, options, release, {
    verb: 'upgrade',
    objects: after,
    hookFailed: (event, problem) => `${event} hooks failed: ${problem}`,
    change: async () => {
      const how = { force: options.force ?? false, live: adopted };
      try {
        const done = await updateObjects(context, [...before, ...adopted.keys()], after, how);
        created.push(...done.created);
        words = `(created: ${done.created.length} updated: ${done.updated.length}  deleted: ${done.deleted.length})`;
      } catch (cause) {
        if (cause instanceof UpdateFailed) created.push(...cause.result.created);
        throw cause;
      }
    },
    onWait: () => {
      context.log(`waiting for release ${release.name} resources ${words}`);
    },
  });
}

async function fail(
  context: ActionContext,
  options: UpgradeOptions,
  release: Release,
  created: readonly ReleaseObject[],
  cause: unknown,
): Promise<never> {
  const { name } = release;
  const original = messageOf(cause);
  const message = `Upgrade "${name}" failed: ${original}`;
  context.log(`warning: ${message}`);
  release.info.status = 'failed';
  release.info.description = message;
  await record(context, release);
  if (options.cleanupOnFail === true && created.length > 0) {
    context.log(`Cleanup on fail set, cleaning up ${created.length} resources`);
    const problems = await deleteObjects(context, created);
    if (problems.length > 0) {
      throw new HelmError(
        'ApplyFailed',
        name,
        `an error occurred while cleaning up resources. original upgrade error: ${original}: unable to cleanup resources: ${problems.map(messageOf).join(', ')}`,
        { cause },
      );
    }
    context.log('Resource cleanup complete');
  }
  if (options.atomic !== true) throw cause;
  context.log('Upgrade failed and atomic is set, rolling back to last successful release');
  const good = (await context.store.records(name)).findLast(
    (each) => each.status === 'superseded' || each.status === 'deployed',
  );
  if (good === undefined) {
    throw new HelmError(
      'ApplyFailed',
      name,
      `unable to find a previously successful release when attempting to rollback. original upgrade error: ${original}`,
      { cause },
    );
  }
  try {
    await rollback(context, {
      releaseName: name,
      namespace: options.namespace,
      revision: good.revision,
      wait: true,
      waitForJobs: options.waitForJobs ?? false,
      disableHooks: options.disableHooks ?? false,
      force: options.force ?? false,
      ...(options.serverSideApply === undefined
        ? {}
        : { serverSideApply: options.serverSideApply }),
      timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
      maxHistory: 0,
    });
  } catch (second) {
    throw new HelmError(
      'ApplyFailed',
      name,
      `an error occurred while rolling back the release. original upgrade error: ${original}: ${messageOf(second)}`,
      { cause: second },
    );
  }
  throw new HelmError(
    'ApplyFailed',
    name,
    `release ${name} failed, and has been rolled back due to atomic being set: ${original}`,
    { cause },
  );
}

async function build(
  context: ActionContext,
  manifest: string,
  what: string,
): Promise<ReleaseObject[]> {
  try {
    return await storedObjects(context, manifest);
  } catch (cause) {
    throw new HelmError('InvalidManifest', 'manifest', `${what}: ${messageOf(cause)}`, { cause });
  }
}
