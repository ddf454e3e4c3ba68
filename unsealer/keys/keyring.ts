/** The sealing keys at hand, by the name of their Secret. */
import type { KeyObject } from 'node:crypto';
import type { SealingKey } from './sealing-key.ts';

export interface Keyring {
  put(key: SealingKey): void;
  remove(name: string): void;
  /** The one that seals: the certificate that begins last; `undefined` when there is none. */
  newest(): SealingKey | undefined;
  /** Newest first: most of what comes was sealed lately. */
  privateKeys(): KeyObject[];
}

export function createKeyring(): Keyring {
  let sorted: SealingKey[] = [];
  const without = (name: string) => sorted.filter((key) => key.name !== name);
  return {
    put: (key) => {
      sorted = [...without(key.name), key].sort(
        (a, b) => b.notBefore.getTime() - a.notBefore.getTime() || (a.name < b.name ? 1 : -1),
      );
    },
    remove: (name) => {
      sorted = without(name);
    },
    newest: () => sorted[0],
    privateKeys: () => sorted.map((key) => key.privateKey),
  };
}
