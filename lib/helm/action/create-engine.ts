/** The engine on a cluster. */
import { HelmError } from '../chart/mod.ts';
import type { RenderChart } from '../chart/mod.ts';
import { createObjectStore, observedStore } from '../storage/mod.ts';
import type { ReleaseRecord } from '../storage/mod.ts';
import { createCapabilitySource } from './capabilities.ts';
import type { ActionContext } from './context.ts';
import type { CreateHelmEngine, ReleaseTarget, StorageDriver } from './engine.ts';
import { install } from './install.ts';
import { chartRenderer } from './renderer.ts';
import { testRelease } from './release-test.ts';
import { rollback } from './rollback.ts';
import { uninstall } from './uninstall.ts';
import { upgrade } from './upgrade.ts';
import { inParallel } from '../../runtime/mod.ts';

/** Releases decoded at once by `list`. */
const parallel = 16;

/**
 * @param render how charts become manifests
 * @returns the maker of engines; an engine keeps nothing but a short memory of what the cluster offers
 */
export const createEngineWith =
  (render: RenderChart): CreateHelmEngine =>
  ({
    kube,
    clock,
    log,
    driver = 'secret',
    hookOutput,
    warn,
    servedApis = false,
    applyManager = 'helm',
  }) => {
    const capabilities = createCapabilitySource(kube, clock);
    const storeIn = (namespace: string, signal?: AbortSignal) =>
      createObjectStore({ kube, clock, namespace, signal, driver });
    const context = (
      options: ReleaseTarget & {
        signal?: AbortSignal;
        stopWaiting?: AbortSignal;
      },
    ): ActionContext => ({
      kube,
      clock,
      log: options.log ?? log,
      warn: options.log ?? warn ?? log,
      hookOutput,
      capabilities,
      servedApis,
      render,
      namespace: options.namespace,
      applyManager,
      signal: options.signal,
      stopWaiting: options.stopWaiting,
      store: observedStore(
        storeIn(options.storageNamespace ?? options.namespace, options.signal),
        options.onStored,
      ),
    });
    const newestRecords = async (namespace: string | undefined) => {
      const newest = new Map<string, ReleaseRecord>();
      for (const record of await storeIn(namespace ?? '').allRecords())
        newest.set(`${record.namespace}/${record.name}`, record);
      return [...newest.values()].sort((a, b) =>
        a.name < b.name ? -1 : a.name > b.name ? 1 : a.namespace < b.namespace ? -1 : 1,
      );
    };
    return {
      install: (options) => install(context(options), options),
      upgrade: (options) => upgrade(context(options), options),
      rollback: (options) => rollback(context(options), options),
      uninstall: (options) => uninstall(context(options), options),
      test: (options) => testRelease(context(options), options),
      history: ({ namespace, storageNamespace = namespace, releaseName }) =>
        storeIn(storageNamespace).history(releaseName),
      latest: async (
        { namespace, storageNamespace = namespace, releaseName },
        { isLikelyNew = false } = {},
      ) => {
        const store = storeIn(storageNamespace);
        // Where releases are many, servers that read lists from their disk take long to find none.
        if (isLikelyNew && (await store.records(releaseName, true)).length === 0) return undefined;
        const newest = (await store.records(releaseName)).at(-1);
        return newest === undefined ? undefined : store.get(releaseName, newest.revision);
      },
      get: ({ namespace, storageNamespace = namespace, releaseName, revision }) =>
        storeIn(storageNamespace).get(releaseName, revision),
      list: async ({ namespace, statuses }) => {
        const onlySuperseded = statuses?.length === 1 && statuses[0] === 'superseded';
        const records = onlySuperseded
          ? storeIn(namespace ?? '').allRecords()
          : newestRecords(namespace);
        const wanted = (await records).filter(
          (record) => statuses === undefined || statuses.includes(record.status),
        );
        const releases = await inParallel(wanted, parallel, async (record) => {
          const release = await storeIn(record.namespace).get(record.name, record.revision);
          if (release !== undefined) return release;
          throw new HelmError('ReleaseNotFound', record.name, 'release: not found');
        });
        return releases;
      },
      listStatuses: async ({ namespace }) => {
        const records = await newestRecords(namespace);
        return records.map(({ namespace: of, name, revision, status }) => ({
          namespace: of,
          name,
          revision,
          status,
        }));
      },
    };
  };

/** What `HELM_DRIVER` names. @throws HelmError `InvalidValues` */
export function storageDriver(name: string): StorageDriver {
  switch (name) {
    case '':
    case 'secret':
    case 'secrets':
      return 'secret';
    case 'configmap':
    case 'configmaps':
      return 'configmap';
    default:
      throw new HelmError(
        'InvalidValues',
        'HELM_DRIVER',
        `Unknown driver in "HELM_DRIVER": ${name}`,
      );
  }
}

/** The engine with the native renderer. */
export const createHelmEngine: CreateHelmEngine = (dependencies) =>
  createEngineWith(chartRenderer(dependencies.clock, dependencies.kube, dependencies.warn))(
    dependencies,
  );
