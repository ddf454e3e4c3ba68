/** Waiting for what fluxd does: a job, then its commit in the cluster (spec flux-v1 §9.5). */
import type { Clock } from '../lib/runtime/mod.ts';
import type { JobStatus } from '../lib/wire/mod.ts';
import type { FluxClient } from './client.ts';
import type { CommandContext } from './command.ts';
import { JobFailed, TimeoutError } from './errors.ts';
import { printResult } from './print/result.ts';

/** @throws TimeoutError, JobFailed */
export async function awaitJob(
  client: FluxClient,
  clock: Clock,
  id: string,
  timeoutMs: number,
): Promise<JobStatus['Result']> {
  let result: JobStatus['Result'] = {};
  await poll({ firstMs: 100, longestMs: 5000, timeoutMs, clock }, async () => {
    const job = await client.job(id);
    const { StatusString: state, Err: error } = job;
    if (state === 'failed' || (state === 'succeeded' && error !== ''))
      throw new JobFailed(error, job.Result);
    result = job.Result;
    return state === 'succeeded';
  });
  return result;
}

/** @throws TimeoutError */
export async function awaitSync(
  client: FluxClient,
  clock: Clock,
  revision: string,
  timeoutMs: number,
): Promise<void> {
  await poll(
    { firstMs: 1000, longestMs: 10_000, timeoutMs, clock },
    async () => (await client.syncStatus(revision)).length === 0,
  );
}

export interface Outcome {
  /** Wait for the commit to be applied too. */
  apply: boolean;
  verbosity: number;
  format: 'text' | 'json';
}

/** Waits for a job that changes something and says what became of it. @throws TimeoutError, JobFailed */
export async function tellOutcome(
  { client, clock, out, err, timeoutMs }: CommandContext,
  job: string,
  { apply, verbosity, format }: Outcome,
): Promise<void> {
  let done: JobStatus['Result'];
  try {
    done = await awaitJob(client, clock, job, timeoutMs);
  } catch (thrown) {
    if (thrown instanceof TimeoutError) err(lateJob);
    throw thrown;
  }
  const { result, revision = '' } = done;
  if (format === 'json')
    out(`${JSON.stringify({ jobID: job, revision, result: result ?? null })}\n`);
  else if (result !== undefined) out(printResult(result, verbosity));
  const short = revision.slice(0, 7);
  if (revision !== '') err(`Commit pushed:\t${short}\n`);
  if (result === undefined) {
    err('Nothing to do\n');
    return;
  }
  if (!apply || revision === '') return;
  try {
    await awaitSync(client, clock, revision, timeoutMs);
  } catch (thrown) {
    if (!(thrown instanceof TimeoutError)) throw thrown;
    err(lateSync);
    return;
  }
  err(`Commit applied:\t${short}\n`);
}

const lateJob = `
We timed out waiting for the result of the operation. This does not
necessarily mean it has failed. You can check the state of the
cluster, or commit logs, to see if there was a result. In general, it
is safe to retry operations.
`;

const lateSync = `
The operation succeeded, but we timed out waiting for the commit to be
applied. This does not necessarily mean there is a problem. Use

    fluxctl sync

to run a sync interactively.
`;

async function poll(
  options: { firstMs: number; longestMs: number; timeoutMs: number; clock: Clock },
  done: () => Promise<boolean>,
): Promise<void> {
  const { clock } = options;
  const end = clock.now().getTime() + options.timeoutMs;
  for (
    let pauseMs = options.firstMs;
    clock.now().getTime() < end;
    pauseMs = Math.min(pauseMs * 2, options.longestMs)
  ) {
    if (await done()) return;
    if (clock.now().getTime() + pauseMs > end) break;
    await clock.sleep(pauseMs);
  }
  throw new TimeoutError();
}
