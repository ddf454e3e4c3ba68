/** To be loaded late, as a module of our own: in bundles, a CommonJS package that is loaded late has its default export only. */
export { Agent, fetch, ProxyAgent } from 'undici';
