import type { KeyServices } from './key-services.ts';

/** A document as parsed: maps in the order of the file, lists, scalars. */
export type Tree = ReadonlyMap<string, unknown>;

/** What may open a file's data key. */
export interface SopsKeys {
  /** `AGE-SECRET-KEY-1…` */
  age: readonly string[];
  /** Opens an armoured PGP message; throws when no key of ours does. */
  pgp?: (message: string) => Promise<Uint8Array>;
  /** Services of clouds, and Vault. */
  services?: KeyServices;
}
