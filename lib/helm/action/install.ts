/** A first revision (helm 3.19 pkg/action/install.go). */
import type { KubeObject } from '../../objects/mod.ts';
import { messageOf } from '../../runtime/mod.ts';
import { crdFiles, HelmError, processDependencies } from '../chart/mod.ts';
import type { Chart } from '../chart/mod.ts';
import type { Release } from '../storage/mod.ts';
import { alreadyExists, createObjects, updateObjects } from './apply.ts';
import { checkReleaseName, defaultTimeoutMs, timestamp } from './context.ts';
import type { ActionContext } from './context.ts';
import { installCrds } from './crds.ts';
import { checkHidden } from './render-options.ts';
import type { InstallOptions } from './engine.ts';
import { record } from './hooks.ts';
import { buildObjects } from './objects.ts';
import type { ReleaseObject } from './objects.ts';
import { signalOf, withOwner } from './ownership.ts';
import { storedChart } from './release-of.ts';
import { objectsToAdopt, perform, renderRevision } from './revision.ts';
import { applyMethodOf } from './server-side.ts';
import { uninstall } from './uninstall.ts';

/** @throws HelmError of any reason that storing, rendering, applying or waiting has */
export async function install(given: ActionContext, options: InstallOptions): Promise<Release> {
  const { acting, noted } = applyMethodOf(given, options.serverSideApply, undefined, true);
  const context = { ...given, ...acting };
  const { releaseName: name, namespace } = options;
  const dryRun = options.dryRun !== undefined;
  await context.capabilities.get();
  checkHidden(options);
  checkReleaseName(name, (problem) => `release name "${name}": ${problem}`);
  const superseded = dryRun ? undefined : await nameIsFree(context, options);
  const chart = processDependencies(options.chart, options.values, context.warn);

  if (options.skipCrds !== true && crdFiles(chart).length > 0) {
    if (dryRun) {
      context.log(
        'WARNING: This chart or one of its subcharts contains CRDs. Rendering may fail or contain inaccuracies.',
      );
    } else {
      // Nothing is changed for a release that could not be stored.
      context.store.checkSize(begun(context, options, chart));
      await installCrds(given, chart);
    }
  }
  const { notes, ...rendered } = await renderRevision(context, options, {
    chart,
    values: options.values,
    namespace,
    revision: 1,
    isInstall: true,
  });
  const release: Release = {
    ...begun(context, options, chart),
    ...noted,
    version: superseded === undefined ? 1 : superseded.version + 1,
    ...rendered,
  };
  release.info.notes = notes;
  const objects = withOwner(
    await buildObjects(context.kube, release.manifest, namespace).catch((cause: unknown) => {
      throw new HelmError(
        'InvalidManifest',
        name,
        `unable to build kubernetes objects from release manifest: ${messageOf(cause)}`,
        { cause },
      );
    }),
    name,
    namespace,
    options.annotations,
  );
  const adopted = await objectsToAdopt(context, options, objects, { namespace, goal: 'install' });
  if (dryRun) {
    release.info.description = 'Dry run complete';
    return release;
  }
  if (options.createNamespace === true) {
    context.store.checkSize(release);
    await createNamespace(context, namespace);
  }
  if (superseded !== undefined && superseded.info.status !== 'failed') {
    context.store.checkSize(release);
    superseded.info.status = 'superseded';
    superseded.info.description = 'superseded by new release';
    await record(context, superseded);
  }
  await context.store.create(release);
  try {
    await perform(context, options, release, {
      verb: 'install',
      objects,
      hookFailed: (event, problem) => `failed ${event}: ${problem}`,
      change: () => apply(context, options, objects, adopted),
    });
    release.info.status = 'deployed';
    release.info.description = options.description ? options.description : 'Install complete';
    await record(context, release);
    return release;
  } catch (cause) {
    return await fail(context, options, release, cause);
  }
}

/** The release as far as it is known before its chart is rendered. */
function begun(context: ActionContext, options: InstallOptions, chart: Chart): Release {
  const now = timestamp(context.clock);
  return {
    name: options.releaseName,
    namespace: options.namespace,
    version: 1,
    info: {
      firstDeployed: now,
      lastDeployed: now,
      deleted: '',
      description: 'Initial install underway',
      status: 'pending-install',
      notes: '',
    },
    chart: storedChart(chart),
    config: options.values,
    manifest: '',
    hooks: [],
    labels: { ...options.labels },
  };
}

async function apply(
  context: ActionContext,
  options: InstallOptions,
  objects: readonly ReleaseObject[],
  adopted: ReadonlyMap<ReleaseObject, KubeObject>,
): Promise<void> {
  if (adopted.size > 0) {
    await updateObjects(context, [...adopted.keys()], objects, {
      force: options.force ?? false,
      threeWay: options.takeOwnership ?? false,
      live: adopted,
    });
  } else if (objects.length > 0) await createObjects(context, objects);
}

async function fail(
  context: ActionContext,
  options: InstallOptions,
  release: Release,
  cause: unknown,
): Promise<never> {
  const { name } = release;
  const message = messageOf(cause);
  release.info.status = 'failed';
  release.info.description = `Release "${name}" failed: ${message}`;
  await record(context, release);
  if (options.atomic !== true) throw cause;
  context.log('Install failed and atomic is set, uninstalling release');
  try {
    await uninstall(context, {
      releaseName: name,
      namespace: options.namespace,
      disableHooks: options.disableHooks ?? false,
      timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
    });
  } catch (second) {
    throw new HelmError(
      'ApplyFailed',
      name,
      `an error occurred while uninstalling the release. original install error: ${message}: ${messageOf(second)}`,
      { cause: second },
    );
  }
  throw new HelmError(
    'ApplyFailed',
    name,
    `release ${name} failed, and has been uninstalled due to atomic being set: ${message}`,
    { cause },
  );
}

/** @returns the revision that is replaced, when the name was used and may be used again */
async function nameIsFree(
  context: ActionContext,
  { releaseName, replace, isUnused }: InstallOptions,
): Promise<Release | undefined> {
  if (isUnused === true) return undefined;
  const newest = (await context.store.records(releaseName)).at(-1);
  if (newest === undefined) return undefined;
  if (replace === true && (newest.status === 'uninstalled' || newest.status === 'failed'))
    return context.store.get(releaseName, newest.revision);
  throw new HelmError('ReleaseExists', releaseName, 'cannot re-use a name that is still in use');
}

async function createNamespace(context: ActionContext, namespace: string): Promise<void> {
  try {
    await context.kube.create(
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: namespace, labels: { name: namespace } },
      },
      signalOf(context),
    );
  } catch (cause) {
    if (!alreadyExists(cause)) throw cause;
  }
}
