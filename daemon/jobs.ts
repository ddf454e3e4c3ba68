/** Jobs asked for over the API: one at a time, the last hundred remembered (spec flux-v1 §8.4). */
import { Fault, messageOf } from '../lib/runtime/mod.ts';
import type { Clock, Logger } from '../lib/runtime/mod.ts';
import type { JobStatus } from '../lib/wire/mod.ts';
import type { Metrics } from './metrics.ts';
import { createSerial } from './wake.ts';

/** @param signal fires when the job has used up its time; what was pushed by then stays */
export type JobWork = (id: string, signal: AbortSignal) => Promise<JobStatus['Result']>;

/** A job that failed and has a result all the same. */
export class JobFault extends Fault {
  readonly result: JobStatus['Result'];

  constructor(message: string, result: JobStatus['Result']) {
    super('JobFault', 'stall', 'job', message);
    this.result = result;
  }
}

export interface JobQueue {
  /** @returns the job's ID at once; the work waits for its turn */
  enqueue(work: JobWork): string;
  status(id: string): JobStatus | undefined;
  /** No further job begins; resolves when the one that is running has ended. */
  stop(): Promise<void>;
}

const remembered = 100;

export function createJobQueue(options: {
  newId: () => string;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  /** Limit of one job, in milliseconds. */
  timeoutMs: number;
}): JobQueue {
  const { clock, log, metrics, timeoutMs } = options;
  const inTurn = createSerial();
  const statuses = new Map<string, JobStatus>();
  let stopping = false;
  let last: Promise<unknown> = Promise.resolve();
  const set = (id: string, status: JobStatus) => {
    statuses.delete(id);
    statuses.set(id, status);
    for (const old of [...statuses.keys()].slice(0, -remembered)) statuses.delete(old);
  };
  const run = async (id: string, work: JobWork) => {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), timeoutMs);
    try {
      return await work(id, limit.signal);
    } catch (thrown) {
      if (!limit.signal.aborted) throw thrown;
      throw new Fault(
        'JobTimeout',
        'retry',
        id,
        `job took longer than ${timeoutMs / 1000} s (--sync-timeout): context deadline exceeded`,
        { cause: thrown },
      );
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    status: (id) => statuses.get(id),
    stop: async () => {
      stopping = true;
      await last;
    },
    enqueue: (work) => {
      const id = options.newId();
      const queuedAt = clock.now().getTime();
      set(id, { Result: {}, Err: '', StatusString: 'queued' });
      metrics.queueLength.inc();
      last = inTurn(async () => {
        const startedAt = clock.now().getTime();
        metrics.queueLength.dec();
        if (stopping) {
          set(id, { Result: {}, Err: 'the daemon is being stopped', StatusString: 'failed' });
          return;
        }
        metrics.queueDuration.observe((startedAt - queuedAt) / 1000);
        set(id, { Result: {}, Err: '', StatusString: 'running' });
        log.log({ jobID: id, state: 'in-progress' });
        let success = true;
        try {
          set(id, { Result: await run(id, work), Err: '', StatusString: 'succeeded' });
          log.log({ jobID: id, state: 'done', success });
        } catch (thrown) {
          success = false;
          const Result = thrown instanceof JobFault ? thrown.result : {};
          set(id, { Result, Err: messageOf(thrown), StatusString: 'failed' });
          log.log({ jobID: id, state: 'done', success, err: messageOf(thrown) });
        }
        const seconds = (clock.now().getTime() - startedAt) / 1000;
        metrics.jobDuration.observe({ success: String(success) }, seconds);
      });
      return id;
    },
  };
}
