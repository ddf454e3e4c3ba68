/** What identities in clouds are made of. */
import type { Clock } from '../runtime/mod.ts';

/** The process as the clouds' own libraries see it: their variables are theirs here, too. */
export interface CloudOptions {
  clock: Clock;
  env: Readonly<Record<string, string | undefined>>;
  readFile: (path: string) => Promise<string>;
}

export interface CloudToken {
  token: string;
  /** Milliseconds since 1970, a little before its end. */
  until: number;
}
