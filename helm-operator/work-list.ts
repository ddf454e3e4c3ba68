/** What is under work, and which deleted HelmReleases still have a release to be removed. */
import type { HelmRelease } from '../lib/objects/mod.ts';
import type { Clock } from '../lib/runtime/mod.ts';

export interface WorkList {
  /** Remembers a HelmRelease that is gone. */
  doom(key: string, hr: HelmRelease): void;
  doomed(key: string): HelmRelease | undefined;
  doomedKeys(): string[];
  /** Its release is removed. */
  spare(key: string): void;
  /** Does work that counts as running. */
  during(key: string, work: () => Promise<void>): Promise<void>;
  /** Resolves when no work on such keys is running. */
  idle(of: (key: string) => boolean): Promise<void>;
}

/** The replica that works on a HelmRelease removes its release at once; the others need not remember for longer. */
const rememberedMs = 10 * 60_000;

export function createWorkList(clock: Clock): WorkList {
  const gone = new Map<string, { hr: HelmRelease; at: number }>();
  const running = new Map<string, Promise<void>>();
  return {
    doom: (key, hr) => {
      const now = clock.now().getTime();
      for (const [old, { at }] of gone) if (now - at > rememberedMs) gone.delete(old);
      gone.set(key, { hr, at: now });
    },
    doomed: (key) => gone.get(key)?.hr,
    doomedKeys: () => [...gone.keys()],
    spare: (key) => {
      gone.delete(key);
    },
    during: async (key, work) => {
      const done = work();
      running.set(key, done);
      try {
        await done;
      } finally {
        running.delete(key);
      }
    },
    idle: async (of) => {
      await Promise.allSettled([...running].flatMap(([key, done]) => (of(key) ? [done] : [])));
    },
  };
}
