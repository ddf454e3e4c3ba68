/** How HTTP servers are reached: by which proxy, with which certificates. */
export { createDispatcher, useEnvironmentProxies } from './dispatcher.ts';
export type { DispatcherOptions } from './dispatcher.ts';
export { proxyFor } from './proxy-for.ts';
