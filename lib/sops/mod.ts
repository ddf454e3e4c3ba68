/** Reading what SOPS has encrypted, with age and PGP keys. */
export { decryptSops, decryptSopsFile, isSops, needsSopsProgram } from './decrypt.ts';
export { SopsError } from './errors.ts';
export type { SopsReason } from './errors.ts';
export { loadSopsKeys } from './keys.ts';
export type { SopsKeys, Tree } from './types.ts';
