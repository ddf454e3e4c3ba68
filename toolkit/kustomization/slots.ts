/** At most so many at work at the same time; the others wait in line. */
export interface Slots {
  /** Waits for a slot. @returns what gives it back; more than once does no harm */
  take(signal: AbortSignal): Promise<() => void>;
}

export function createSlots(count: number): Slots {
  let free = count;
  const line: (() => void)[] = [];
  return {
    take: async (signal) => {
      if (free > 0) free -= 1;
      else {
        await new Promise<void>((resolve, reject) => {
          const turn = () => {
            signal.removeEventListener('abort', leave);
            resolve();
          };
          const leave = () => {
            line.splice(line.indexOf(turn), 1);
            reject(signal.reason as Error);
          };
          signal.addEventListener('abort', leave, { once: true });
          line.push(turn);
        });
      }
      let isMine = true;
      return () => {
        if (!isMine) return;
        isMine = false;
        const next = line.shift();
        if (next === undefined) free += 1;
        else next();
      };
    },
  };
}
