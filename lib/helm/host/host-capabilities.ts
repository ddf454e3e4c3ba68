/** What template functions need of this machine: clock, randomness, cryptography. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../runtime/mod.ts';
import type { SprigCapabilities } from '../sprig/mod.ts';
import { nodeCrypto } from './node-crypto.ts';

/** @param clock where the present time comes from */
export function hostCapabilities(clock: Clock): SprigCapabilities {
  return {
    now: () => clock.now().getTime(),
    // Asked for late: the first question loads the tables of all zones.
    get localZone() {
      return new Intl.DateTimeFormat().resolvedOptions().timeZone;
    },
    randomBytes: (size) => new Uint8Array(randomBytes(size)),
    crypto: nodeCrypto,
  };
}
