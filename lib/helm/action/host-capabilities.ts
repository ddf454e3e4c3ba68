/** What template functions need of this machine: clock, randomness, hashes. */
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../runtime/mod.ts';
import type { SprigCapabilities } from '../sprig/mod.ts';

/** @param clock where the present time comes from */
export function hostCapabilities(clock: Clock): SprigCapabilities {
  return {
    now: () => clock.now().getTime(),
    localZone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
    randomBytes: (size) => new Uint8Array(randomBytes(size)),
    hash: (algorithm, data) => new Uint8Array(createHash(algorithm).update(data).digest()),
  };
}
