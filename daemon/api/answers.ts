/** Answers of the API out of what the daemon knows: live objects, manifests, images, jobs, the repository (spec flux-v1 §8.2). */
import type { KubeClient } from '../../lib/kube/mod.ts';
import { filterOf } from '../../lib/manifest/mod.ts';
import type { ReadOnlyReason } from '../../lib/wire/mod.ts';
import { parseNote } from '../../lib/wire/mod.ts';
import { workloadOf, workloadsOf } from '../automation/automate.ts';
import type { Workload } from '../automation/automate.ts';
import type { ImageLookup } from '../automation/lookup.ts';
import type { Scanner } from '../automation/scanner.ts';
import type { SyncMarker } from '../git/marker.ts';
import type { ConfigRepository } from '../git/repository.ts';
import type { KeyRing } from '../identity/key-ring.ts';
import type { JobQueue } from '../jobs.ts';
import type { Syncer } from '../sync/sync.ts';
import type { UpdateRequests } from '../update/requests.ts';
import { exportYaml } from './export.ts';
import type { Api } from './server.ts';
import { controllerStatus, imageStatus, liveWorkloads } from './services.ts';
import { inParallel } from '../../lib/runtime/mod.ts';

export interface AnswerOptions {
  version: string;
  kube: KubeClient;
  repository: ConfigRepository;
  syncer: Syncer;
  marker: SyncMarker;
  jobs: JobQueue;
  update: UpdateRequests;
  images: ImageLookup | undefined;
  scanner: Scanner | undefined;
  keyRing: KeyRing;
  paths: readonly string[];
  notesRef: string;
  readOnly: boolean;
  allowedNamespaces: readonly string[];
}

/** How many commits back a note of a job is looked for. */
const noteSearch = 200;
/** Limit for completing what a listing of images shows, in milliseconds. */
const listingMs = 20_000;
const imagesAtOnce = 8;

export function createApi(options: AnswerOptions): Api {
  const { kube, repository, syncer, jobs, images, paths } = options;

  const readOnly = (): ReadOnlyReason => {
    const { status } = repository.status();
    if (status === 'unconfigured') return 'NoRepo';
    if (status !== 'ready') return 'NotReady';
    return options.readOnly ? 'ReadOnlyMode' : '';
  };

  /** Workloads of the repository by ID; of a file that cannot be read, as they were when it was last sound. */
  const known = async (): Promise<Map<string, Workload>> => {
    if (repository.status().status !== 'ready') return new Map();
    const { set } = await syncer.load(await repository.head());
    const found = new Map<string, Workload>();
    for (const [id, { object, why }] of set.kept)
      if (object !== undefined)
        found.set(id, workloadOf({ id, object, written: object, source: why }));
    for (const workload of workloadsOf(set)) found.set(workload.id, workload);
    return found;
  };

  /** Why a workload is not as the repository says, by ID. */
  const problems = (): Map<string, string> => {
    const last = syncer.last();
    return new Map([
      ...[...(last?.set.kept ?? [])].map(([id, { why }]) => [id, why] as const),
      ...(last?.errors ?? []).map(({ id, error }) => [id, error] as const),
    ]);
  };

  const live = async (namespace: string) => {
    const all = await liveWorkloads(kube, namespace || undefined);
    const { allowedNamespaces: allowed } = options;
    if (allowed.length === 0) return all;
    return new Map(
      [...all].filter(([, { metadata }]) => allowed.includes(metadata.namespace ?? '')),
    );
  };

  return {
    version: options.version,
    notify: (change) => {
      if (change.Kind === 'git') repository.notify();
      else {
        const { Domain: domain, Image: image } = change.Source.Name;
        options.scanner?.notice({ domain, image });
      }
    },
    services: async (namespace, ids) => {
      const [found, inRepository] = await Promise.all([live(namespace), known()]);
      const errors = problems();
      return [...found]
        .filter(([id]) => ids.length === 0 || ids.includes(id))
        .map(([id, object]) =>
          controllerStatus(id, object, inRepository.get(id), readOnly(), errors.get(id) ?? ''),
        );
    },
    images: async (namespace, workload) => {
      const [found, inRepository] = await Promise.all([live(namespace), known()]);
      const wanted = [...found].filter(([id]) => workload === '<all>' || workload === id);
      if (images !== undefined) {
        const signal = AbortSignal.timeout(listingMs);
        const used = wanted.flatMap(([id, object]) => {
          const { containers } = workloadOf({ id, object, written: object, source: '' });
          const policies = inRepository.get(id)?.policies ?? new Map<string, string>();
          return containers.flatMap(({ name, image }) =>
            image === undefined ? [] : [{ image, pattern: filterOf(policies, name) }],
          );
        });
        await inParallel(used, imagesAtOnce, async ({ image, pattern }) => {
          try {
            await images.shown(image, pattern, signal);
          } catch (thrown) {
            // What could not be completed in time is shown without dates.
            if (!signal.aborted) throw thrown;
          }
        });
      }
      return wanted.map(([id, object]) => imageStatus(id, object, inRepository.get(id), images));
    },
    update: options.update,
    job: async (id) => {
      const status = jobs.status(id);
      if (status !== undefined || repository.status().status !== 'ready') return status;
      const mirror = repository.mirror();
      const commits = await mirror.commits({ from: undefined, to: await repository.head(), paths });
      for (const { revision } of commits.slice(0, noteSearch)) {
        const text = await mirror.note(options.notesRef, revision);
        const note = text === undefined ? undefined : parseNote(text);
        if (note?.jobID !== id) continue;
        const { spec, result } = note;
        return {
          Result: { revision, spec, ...(result === null ? {} : { result }) },
          Err: '',
          StatusString: 'succeeded',
        };
      }
      return undefined;
    },
    syncStatus: async (ref) => {
      const from = await options.marker.get();
      const commits = await repository.mirror().commits({ from, to: ref, paths });
      return commits.map(({ revision }) => revision);
    },
    export: async () => exportYaml(kube, await live(''), options.allowedNamespaces),
    gitConfig: async (regenerate) => {
      const { status, error } = repository.status();
      const { safeUrl: url, branch } = repository;
      return {
        remote: { url, branch, path: paths.join(',') },
        publicSSHKey: regenerate ? await options.keyRing.regenerate() : options.keyRing.publicKey(),
        status,
        errors: error,
      };
    },
    publicKey: () => options.keyRing.publicKey(),
    regenerateKey: async () => {
      await options.keyRing.regenerate();
    },
    ready: () => repository.status().status === 'unconfigured' || syncer.last() !== undefined,
  };
}
