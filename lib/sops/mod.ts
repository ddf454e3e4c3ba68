/** Reading what SOPS has encrypted, with age and PGP keys. */
export { decryptSops, decryptSopsFile, isSops, needsSopsProgram } from './decrypt.ts';
export { SopsError } from './errors.ts';
export type { SopsReason } from './errors.ts';
export { decryptSopsText, hasSopsMark, markedFormat, sopsFormatOf } from './text.ts';
export type { SopsFormat } from './text.ts';
export { ageKeys, loadSopsKeys, pgpKeys } from './keys.ts';
export type { SopsKeys, Tree } from './types.ts';
