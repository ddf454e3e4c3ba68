/** Updates that somebody asks for over the API, as jobs (spec flux-v1 §7.2, §7.3, §8.4). */
import { Fault } from '../../lib/runtime/mod.ts';
import type { CommitNote, JobStatus, UpdateSpec } from '../../lib/wire/mod.ts';
import type { ImageLookup } from '../automation/lookup.ts';
import type { Publisher } from '../git/publisher.ts';
import type { ConfigRepository } from '../git/repository.ts';
import { JobFault } from '../jobs.ts';
import type { JobQueue } from '../jobs.ts';
import { observing } from '../metrics.ts';
import type { Metrics } from '../metrics.ts';
import type { LoadedRevision } from '../sync/sync.ts';
import { editedWorkloads } from './edit.ts';
import { planUpdate } from './plan.ts';
import type { WantedUpdate } from './plan.ts';

export interface UpdateRequestsOptions {
  repository: ConfigRepository;
  publisher: Publisher;
  jobs: JobQueue;
  load: (revision: string) => Promise<LoadedRevision>;
  images: ImageLookup | undefined;
  liveIds: () => Promise<ReadonlySet<string>>;
  /** Commits carry the name of who asked. */
  setAuthor: boolean;
  /** Limit of a plan, which is made at once, in milliseconds. */
  timeoutMs: number;
  metrics: Pick<Metrics, 'release' | 'releaseStage'>;
  /** Somebody wants a sync now. */
  onSyncAsked: () => void;
  /** Workloads became automated. */
  onPoliciesChanged: () => void;
}

/** @returns the ID of the job @throws Fault `BadRequest`, and for plans what planning throws */
export type UpdateRequests = (spec: UpdateSpec) => Promise<string>;

export function createUpdateRequests(options: UpdateRequestsOptions): UpdateRequests {
  const { repository, publisher, jobs, load, images, liveIds, metrics } = options;
  const planAt = async (spec: WantedUpdate, loaded: LoadedRevision, signal: AbortSignal) => {
    if (spec.type === 'policy')
      return planUpdate(spec, { loaded, inCluster: new Set(), images, signal });
    const stage = (name: string) => metrics.releaseStage.startTimer({ stage: name });
    const selected = stage('select_workloads');
    const inCluster = await liveIds();
    selected();
    const lookedUp = stage('lookup_images');
    const plan = await planUpdate(spec, { loaded, inCluster, images, signal });
    lookedUp();
    return plan;
  };
  /** Releases are timed under what they release. */
  const timed = <T>(spec: WantedUpdate, work: () => Promise<T>): Promise<T> => {
    if (spec.type === 'policy') return work();
    const type =
      spec.type === 'containers'
        ? 'containers'
        : spec.spec.ImageSpec === '<all latest>'
          ? 'latest_images'
          : 'specific_image';
    const labels = { release_type: type, release_kind: spec.spec.Kind };
    return observing(metrics.release, labels, work);
  };

  const sync = async (): Promise<JobStatus['Result']> => {
    await repository.refresh();
    options.onSyncAsked();
    const [revision, head] = [await repository.head(), await repository.branchHead()];
    if (revision === head) return { revision };
    throw new JobFault(
      `The branch HEAD in the git repo is not verified, and fluxd is unable to sync to it. The last verified commit was ${revision.slice(0, 8)}. HEAD is ${head.slice(0, 8)}.`,
      { revision },
    );
  };

  const execute = async (
    id: string,
    spec: WantedUpdate,
    signal: AbortSignal,
  ): Promise<JobStatus['Result']> => {
    let result: JobStatus['Result'] = { spec };
    const revision = await publisher.publish(signal, async (loaded) => {
      const plan = await planAt(spec, loaded, signal);
      result = { spec, result: plan.result };
      if (editedWorkloads(plan.edits).length === 0) return undefined;
      const note: CommitNote = {
        jobID: id,
        spec,
        result: spec.type === 'policy' ? null : plan.result,
      };
      const author = options.setAuthor && spec.cause.User !== '' ? spec.cause.User : undefined;
      return { ...plan, note, author };
    });
    if (spec.type === 'policy') {
      if (revision === undefined) return result;
      options.onPoliciesChanged();
    } else if (revision === undefined)
      throw new Fault('NothingChanged', 'stall', repository.safeUrl, 'no changes made in repo');
    return { ...result, revision };
  };

  return async (spec) => {
    if (spec.type === 'auto')
      throw new Fault('BadRequest', 'stall', 'auto', 'unknown update type "auto"');
    if (spec.type === 'sync') return jobs.enqueue(sync);
    if (spec.type !== 'policy' && spec.spec.Kind === 'plan') {
      const signal = AbortSignal.timeout(options.timeoutMs);
      const { result } = await timed(spec, async () =>
        planAt(spec, await load(await repository.head()), signal),
      );
      return jobs.enqueue(() => Promise.resolve({ spec, result }));
    }
    return jobs.enqueue((id, signal) => timed(spec, () => execute(id, spec, signal)));
  };
}
