/** The functions that Helm gives to templates (sprig 3.3 and Helm's own). Pure. */
export type { CryptoCapabilities, HashName, NewKeyKind } from './crypto-capabilities.ts';
export { SprigError } from './errors.ts';
export type { SprigReason } from './errors.ts';
export type { SprigFunction, SprigFunctions } from './function.ts';
export { createFunctions } from './functions.ts';
export type { SprigCapabilities } from './functions.ts';
export { deepEqual, isEmpty, kindOf, sprint, typeOf } from './reflection.ts';
export { SemverValue } from './semver.ts';
export { GoTime } from './time.ts';
export { clean as cleanPath } from './paths.ts';
