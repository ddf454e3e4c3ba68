/** Which HelmReleases have to be looked at when something that they refer to changes. */
import type { HelmRelease } from '../lib/objects/mod.ts';
import { dependenciesOf } from './annotations.ts';
import { valuesReferences } from './values/compose.ts';

export interface References {
  /** Takes over what a HelmRelease refers to now; nothing when it is gone. */
  set(key: string, hr: HelmRelease | undefined): void;
  /** Those that refer to `kind/namespace/name`. */
  to(reference: string): readonly string[];
}

export function createReferences(): References {
  const byTarget = new Map<string, Set<string>>();
  const bySource = new Map<string, readonly string[]>();
  return {
    set: (key, hr) => {
      const now =
        hr === undefined
          ? []
          : [...valuesReferences(hr), ...dependenciesOf(hr).map((other) => `HelmRelease/${other}`)];
      for (const target of bySource.get(key) ?? []) {
        const sources = byTarget.get(target);
        sources?.delete(key);
        if (sources?.size === 0) byTarget.delete(target);
      }
      for (const target of now) {
        const sources = byTarget.get(target) ?? new Set<string>();
        sources.add(key);
        byTarget.set(target, sources);
      }
      if (now.length === 0) bySource.delete(key);
      else bySource.set(key, now);
    },
    to: (reference) => [...(byTarget.get(reference) ?? [])],
  };
}
