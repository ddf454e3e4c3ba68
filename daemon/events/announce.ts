/** Makes events of what a sync did, once for each commit it reached. */
import type { Clock } from '../../lib/runtime/mod.ts';
import { parseNote } from '../../lib/wire/mod.ts';
import type { ConfigRepository } from '../git/repository.ts';
import type { SyncOutcome } from '../sync/sync.ts';
import { syncEvents } from './event.ts';
import type { SyncedCommit } from './event.ts';
import type { Tell } from './teller.ts';

export interface AnnouncerOptions {
  repository: ConfigRepository;
  tell: Tell;
  clock: Clock;
  paths: readonly string[];
  notesRef: string;
}

/** A sync without new commits is no news, even with errors: those are in metrics and the API. */
export function createAnnouncer(options: AnnouncerOptions) {
  const { repository, tell, clock, paths, notesRef } = options;
  let told: string | undefined;
  return async ({ from, to, changed, errors, startedAt }: SyncOutcome): Promise<void> => {
    if (to === told || from === to) return;
    const mirror = repository.mirror();
    const commits: SyncedCommit[] = [];
    for (const commit of await mirror.commits({ from, to, paths })) {
      // On an initial sync notes are not looked at, and there may be thousands of commits.
      const text = from === undefined ? undefined : await mirror.note(notesRef, commit.revision);
      commits.push({ ...commit, note: text === undefined ? undefined : parseNote(text) });
    }
    if (commits.length > 0) {
      const span = { from: startedAt, to: clock.now() };
      const initial = from === undefined;
      for (const event of syncEvents({ commits, changed, errors, initial, span }))
        await tell(event);
    }
    told = to;
  };
}
