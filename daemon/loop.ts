/** The sync loop: at each interval, and whenever the head moves or somebody asks (spec flux-v1 §3.1). */
import { setMaxListeners } from 'node:events';
import { messageOf } from '../lib/runtime/mod.ts';
import type { Clock, Logger } from '../lib/runtime/mod.ts';
import type { ConfigRepository } from './git/repository.ts';
import type { Metrics } from './metrics.ts';
import type { Syncer, SyncOutcome } from './sync/sync.ts';
import type { Wake } from './wake.ts';

export interface SyncLoopOptions {
  repository: ConfigRepository;
  syncer: Syncer;
  wake: Wake;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  intervalMs: number;
  timeoutMs: number;
  /** Called when the head of the branch has moved. */
  onHead: () => void;
  /** Called when objects wait for a kind that the server does not know yet, before it is asked again. */
  forgetKinds: () => void;
}

/** How soon to look again when objects wait for their kind. */
const unknownKindMs = 3000;

export async function runSyncLoop(options: SyncLoopOptions, signal: AbortSignal): Promise<void> {
  const { repository, syncer, wake, clock, log, metrics } = options;
  let seen: string | undefined;
  repository.onRefreshed(() => {
    void repository.head().then(
      (head) => {
        const { safeUrl: url, branch } = repository;
        log.log({ event: 'refreshed', url, branch, HEAD: head });
        if (head === seen) return;
        seen = head;
        wake.wake();
        options.onHead();
      },
      (thrown: unknown) => {
        log.log({ err: messageOf(thrown) });
      },
    );
  });
  while (!signal.aborted) {
    const started = clock.now().getTime();
    let pause = options.intervalMs;
    let success = false;
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs)]);
      // Each request in flight listens; there is no leak to warn of.
      setMaxListeners(0, limit);
      const outcome = await syncer.sync(limit);
      success = true;
      countSync(outcome, metrics);
      if (outcome.set.unknown.length > 0) {
        pause = Math.min(pause, unknownKindMs);
        options.forgetKinds();
      }
    } catch (thrown) {
      if (signal.aborted) return;
      log.log({ err: messageOf(thrown) });
    }
    const seconds = (clock.now().getTime() - started) / 1000;
    metrics.syncDuration.observe({ success: String(success) }, seconds);
    await wake.wait(pause, signal);
  }
}

/** A file that cannot be read counts as a manifest that failed: alerts on those are what people have. */
function countSync({ set, errors }: SyncOutcome, metrics: Metrics): void {
  metrics.syncManifests.set({ success: 'true' }, set.objects.size - errors.length);
  metrics.syncManifests.set({ success: 'false' }, errors.length + set.failures.length);
  metrics.loadErrors.reset();
  for (const { file } of set.failures) metrics.loadErrors.inc({ file });
  metrics.resourceErrors.reset();
  for (const { id } of errors) metrics.resourceErrors.set({ resource: id }, 1);
}
