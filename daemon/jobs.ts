/** Jobs asked for over the API: one at a time, the last hundred remembered (spec flux-v1 §8.4). */
import { messageOf } from '../lib/runtime/mod.ts';
import type { Clock, Logger } from '../lib/runtime/mod.ts';
import type { JobStatus } from '../lib/wire/mod.ts';
import type { Metrics } from './metrics.ts';
import { createSerial } from './wake.ts';

export interface JobQueue {
  /** @returns the job's ID at once; the work waits for its turn */
  enqueue(work: (id: string) => Promise<JobStatus['Result']>): string;
  status(id: string): JobStatus | undefined;
}

const remembered = 100;

export function createJobQueue(options: {
  newId: () => string;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
}): JobQueue {
  const { clock, log, metrics } = options;
  const inTurn = createSerial();
  const statuses = new Map<string, JobStatus>();
  const set = (id: string, status: JobStatus) => {
    statuses.delete(id);
    statuses.set(id, status);
    for (const old of [...statuses.keys()].slice(0, -remembered)) statuses.delete(old);
  };
  return {
    status: (id) => statuses.get(id),
    enqueue: (work) => {
      const id = options.newId();
      const queuedAt = clock.now().getTime();
      set(id, { Result: {}, Err: '', StatusString: 'queued' });
      metrics.queueLength.inc();
      void inTurn(async () => {
        const startedAt = clock.now().getTime();
        metrics.queueLength.dec();
        metrics.queueDuration.observe((startedAt - queuedAt) / 1000);
        set(id, { Result: {}, Err: '', StatusString: 'running' });
        log.log({ jobID: id, state: 'in-progress' });
        let success = true;
        try {
          set(id, { Result: await work(id), Err: '', StatusString: 'succeeded' });
          log.log({ jobID: id, state: 'done', success });
        } catch (thrown) {
          success = false;
          set(id, { Result: {}, Err: messageOf(thrown), StatusString: 'failed' });
          log.log({ jobID: id, state: 'done', success, err: messageOf(thrown) });
        }
        const seconds = (clock.now().getTime() - startedAt) / 1000;
        metrics.jobDuration.observe({ success: String(success) }, seconds);
      });
      return id;
    },
  };
}
