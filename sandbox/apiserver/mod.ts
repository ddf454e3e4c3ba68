/** An embedded Kubernetes API server. */
export type { InProcessCluster } from './in-process.ts';
export { startApiServer } from './start.ts';
export type { ApiServer, ApiServerOptions } from './start.ts';
