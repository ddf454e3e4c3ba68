/** A container registry that speaks the OCI distribution protocol. */
export type { PushEvent } from './handler.ts';
export { startRegistry } from './start.ts';
export type { RegistryOptions, SandboxRegistry, SeedOptions } from './start.ts';
