/** What was seen in the last minutes. Pure. */

export interface Recent {
  /** @returns when it may be told again, when it was seen already; `undefined` the first time */
  seen(key: string, now: Date): Date | undefined;
}

/** @param quietMs how long a key counts as seen, from its first time on */
export function createRecent(quietMs: number): Recent {
  /** The oldest first, as all stay for the same time. */
  const until = new Map<string, number>();
  return {
    seen: (key, now) => {
      const time = now.getTime();
      for (const [old, end] of until) {
        if (end > time) break;
        until.delete(old);
      }
      const end = until.get(key);
      if (end !== undefined) return new Date(end);
      until.set(key, time + quietMs);
      return undefined;
    },
  };
}
