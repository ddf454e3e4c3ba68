/** What the end-to-end suite and the measurements share with the demo. */
export { createNarrator } from './narrator.ts';
export { freePort, projectRoot, runToEnd, startCommand, startProgram } from './programs.ts';
export type { Running } from './programs.ts';
export { applyFile, setStage } from './stage.ts';
export type { Stage } from './stage.ts';
export { playStory } from './story.ts';
