/** What the end-to-end suite and the measurements share with the demo. */
export { freePort, projectRoot, runToEnd, startCommand, startProgram } from './programs.ts';
export type { Running } from './programs.ts';
