/** To be loaded late, as a module of our own: in bundles, a CommonJS package that is loaded late has its default export only. */
export { fetch } from 'undici';
export { createDispatcher } from '../http/mod.ts';
