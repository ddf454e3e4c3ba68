/** Go templates on the command line: `--name-template`, `--template`. */
import { hostCapabilities } from '../host/mod.ts';
import type { Clock } from '../../runtime/mod.ts';
import { createFunctions } from '../sprig/mod.ts';
import { createTemplateSet } from '../template/mod.ts';
import type { GoValue } from '../values/mod.ts';

/** @throws TemplateError with Go's message */
export function renderText(name: string, text: string, data: GoValue, clock: Clock): string {
  const functions = createFunctions(hostCapabilities(clock));
  const set = createTemplateSet({ functionNames: Object.keys(functions) });
  set.parse(name, text);
  return set.execute(name, data, functions);
}
