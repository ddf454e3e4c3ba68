/** Automation runs: whenever there is something new to decide on, look, and queue a job that commits (spec flux-v1 §7.1). */
import { formatImageRef } from '../../lib/policy/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import type { Clock, Logger } from '../../lib/runtime/mod.ts';
import type { Publisher } from '../git/publisher.ts';
import type { ConfigRepository } from '../git/repository.ts';
import type { JobQueue } from '../jobs.ts';
import { observing } from '../metrics.ts';
import type { Metrics } from '../metrics.ts';
import type { LoadedRevision } from '../sync/sync.ts';
import { imageEdits } from '../update/edit.ts';
import { createWake } from '../wake.ts';
import { automatedChoices, workloadsOf } from './automate.ts';
import type { AutomatedChoices } from './automate.ts';
import { autoNote, autoReleaseMessage, resultOf } from './commit.ts';
import type { ImageStore } from './image-store.ts';

export interface AutomationOptions {
  repository: ConfigRepository;
  load: (revision: string) => Promise<LoadedRevision>;
  store: Pick<ImageStore, 'get'>;
  jobs: JobQueue;
  publisher: Publisher;
  clock: Clock;
  log: Logger;
  intervalMs: number;
  /** v1's rule: any difference from the newest match is acted on. */
  allowDowngrade: boolean;
  release: Metrics['release'];
}

export interface Automation {
  /** Images or manifests have changed: look at once. */
  wake(): void;
  run(signal: AbortSignal): Promise<void>;
}

export function createAutomation(options: AutomationOptions): Automation {
  const { repository, load, store, jobs, publisher, log } = options;
  const wake = createWake(options.clock);
  /** The job that was queued last; as long as it waits, another would find nothing more. */
  let queued = '';
  let told = new Set<string>();

  const choose = ({ set }: LoadedRevision) =>
    automatedChoices(workloadsOf(set), store, options.allowDowngrade);

  /** Each obstacle once, until it is gone. */
  const tell = ({ skipped }: AutomatedChoices) => {
    const now = new Set(skipped.map((one) => JSON.stringify(one)));
    for (const one of skipped)
      if (!told.has(JSON.stringify(one))) log.log({ ...one, action: 'skip container' });
    told = now;
  };

  const look = async () => {
    if (repository.status().status !== 'ready') return;
    if (jobs.status(queued)?.StatusString === 'queued') return;
    const choices = choose(await load(await repository.head()));
    tell(choices);
    if (choices.changes.length === 0) return;
    const labels = { release_type: 'automated', release_kind: 'execute' };
    queued = jobs.enqueue((id, signal) =>
      observing(options.release, labels, async () => {
        const revision = await publisher.publish(signal, async (loaded) => {
          const { changes, reasons } = choose(loaded);
          if (changes.length === 0) return undefined;
          changes.forEach(({ workload, container, target }, at) => {
            log.log({
              workload: workload.id,
              container,
              info: 'added update to automation run',
              new: formatImageRef(target),
              reason: reasons[at],
            });
          });
          const note = autoNote(id, changes);
          return {
            edits: imageEdits(changes),
            message: autoReleaseMessage(changes),
            note,
            result: resultOf(changes),
            author: undefined,
          };
        });
        return revision === undefined ? {} : { revision };
      }),
    );
  };

  return {
    wake: () => {
      wake.wake();
    },
    run: async (signal) => {
      while (!signal.aborted) {
        try {
          await look();
        } catch (thrown) {
          if (signal.aborted) return;
          log.log({ err: messageOf(thrown) });
        }
        await wake.wait(options.intervalMs, signal);
      }
    },
  };
}
