/** An embedded cluster: Kubernetes API server with controllers, container registry, Git server. Real protocols, one process. */
export { startApiServer } from './apiserver/mod.ts';
export type { ApiServer, ApiServerOptions, InProcessCluster } from './apiserver/mod.ts';
export { startGitServer } from './gitserver/mod.ts';
export type { GitServerOptions, SandboxGitServer } from './gitserver/mod.ts';
export { startRegistry } from './registry/mod.ts';
export type { PushEvent, RegistryOptions, SandboxRegistry, SeedOptions } from './registry/mod.ts';
export { startSandbox } from './start.ts';
export type { Sandbox, SandboxOptions } from './start.ts';
