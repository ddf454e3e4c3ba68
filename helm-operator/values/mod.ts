/** How the operator composes values: for `fluxctl migrate`, which shows that nothing changes. */
export { composeValues } from './compose.ts';
export type { ValuesSources } from './compose.ts';
export { createDecrypter } from './decrypt.ts';
export { readUrl } from './read-url.ts';
