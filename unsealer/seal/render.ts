/** Templates of `spec.template.data`: Go's text/template with sprig, the unsealed values as the dot. */
import { hostCapabilities } from '../../lib/helm/host/mod.ts';
import { createFunctions } from '../../lib/helm/sprig/mod.ts';
import { createTemplateSet } from '../../lib/helm/template/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import type { RenderTemplate } from './unseal.ts';

export function createRenderer(clock: Clock): RenderTemplate {
  const functions = createFunctions(hostCapabilities(clock));
  return (name, template, values) => {
    const set = createTemplateSet({ functionNames: Object.keys(functions) });
    set.parse(name, template);
    return set.execute(name, new Map(Object.entries(values)), functions);
  };
}
