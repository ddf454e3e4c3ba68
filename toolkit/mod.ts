/** The toolkit within another program. What serves the kinds is loaded only when it is to run. */
import type { ToolkitDependencies } from './toolkit.ts';

export { companionFlag, readCompanion, splitArguments } from './companion.ts';
export type { CompanionArguments, CompanionLimits } from './companion.ts';
export type { Config as ToolkitConfig } from './config.ts';
export type { ServingPorts, ToolkitDependencies } from './toolkit.ts';

/** Works until the signal fires, then lets what runs come to its end. */
export async function runToolkit(
  dependencies: ToolkitDependencies,
  signal: AbortSignal,
): Promise<void> {
  const { runToolkit: run } = await import('./toolkit.ts');
  return run(dependencies, signal);
}
