/** Reading what SOPS has encrypted, with age and PGP keys, keys of clouds and of Vault. */
export { decryptSops, decryptSopsFile, isSops, needsSopsProgram } from './decrypt.ts';
export { SopsError } from './errors.ts';
export type { SopsReason } from './errors.ts';
export { decryptSopsText, hasSopsMark, markedFormat, sopsFormatOf } from './text.ts';
export type { SopsFormat } from './text.ts';
export { ageKeys, loadSopsKeys, pgpKeys } from './keys.ts';
export { keyServices } from './key-services.ts';
export type { KeyServiceLogins, KeyServices } from './key-services.ts';
export type { SopsKeys, Tree } from './types.ts';
export { askVault } from './vault.ts';
