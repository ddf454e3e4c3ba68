/** What the packages of Sigstore have in common: they are loaded only where something is to be verified. */

/** A package of CommonJS that was loaded late: in bundles it has only a default export, and under tsx none. */
export const packageOf = <T extends object>(loaded: T & { readonly default?: T }): T =>
  loaded.default ?? loaded;
