/** A Git server over smart HTTP. */
export { startGitServer } from './start.ts';
export type { GitServerOptions, SandboxGitServer } from './start.ts';
