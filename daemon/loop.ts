/** The sync loop: at each interval, and whenever the head moves or somebody asks (spec flux-v1 §3.1). */
import { setMaxListeners } from 'node:events';
import { messageOf } from '../lib/runtime/mod.ts';
import type { Clock, Logger } from '../lib/runtime/mod.ts';
import { parseNote } from '../lib/wire/mod.ts';
import { releaseText, syncText } from './events/texts.ts';
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
  notesRef: string;
  paths: readonly string[];
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
  let told: string | undefined;
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
      if (outcome.to !== told) await tell(outcome, options);
      told = outcome.to;
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

/** The sync event, then one for each release among the commits. */
async function tell(outcome: SyncOutcome, options: SyncLoopOptions): Promise<void> {
  const { repository, log, notesRef, paths } = options;
  const mirror = repository.mirror();
  const { from, to } = outcome;
  const commits = from === to ? [] : await mirror.commits({ from, to, paths });
  if (commits.length === 0) return;
  const event = (text: string) => {
    log.log({ event: text, logupstream: false });
  };
  event(syncText(commits, outcome.changed));
  // On an initial sync the whole history counts; its notes are not news.
  if (from === undefined) return;
  for (const { revision } of commits) {
    const note = await mirror.note(notesRef, revision);
    const spec = note === undefined ? undefined : parseNote(note)?.spec;
    const text = spec === undefined ? undefined : releaseText(spec);
    if (text !== undefined) event(text);
  }
}
