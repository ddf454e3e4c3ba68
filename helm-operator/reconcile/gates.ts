/** What keeps a HelmRelease from being worked on at all: its own wish, or others that have to come first. */
import type { HelmRelease } from '../../lib/objects/mod.ts';
import { dependenciesOf } from '../annotations.ts';
import { conditionIs } from '../status/conditions.ts';

export type DependencyGate =
  | { open: true }
  /** Those that are not released yet, in words. */
  | { open: false; waitsFor: string[] }
  /** The way from the HelmRelease back to itself. */
  | { open: false; cycle: string[] };

/** Whether everything that a HelmRelease depends on is released, as its present spec asks. */
export function dependencyGate(
  hr: HelmRelease,
  find: (key: string) => HelmRelease | undefined,
): DependencyGate {
  const self = `${hr.metadata.namespace}/${hr.metadata.name}`;
  const cycle = wayBack(self, dependenciesOf(hr), find, new Set());
  if (cycle !== undefined) return { open: false, cycle: [self, ...cycle] };
  const waitsFor = dependenciesOf(hr).flatMap((key) => {
    const other = find(key);
    if (other === undefined) return [`${key} (does not exist)`];
    return isReleased(other) ? [] : [key];
  });
  return waitsFor.length === 0 ? { open: true } : { open: false, waitsFor };
}

export function isReleased({ metadata, status }: HelmRelease): boolean {
  return (
    (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0) &&
    conditionIs(status, 'Released', 'True')
  );
}

function wayBack(
  self: string,
  next: readonly string[],
  find: (key: string) => HelmRelease | undefined,
  passed: Set<string>,
): string[] | undefined {
  for (const key of next) {
    if (key === self) return [key];
    if (passed.has(key)) continue;
    passed.add(key);
    const other = find(key);
    const rest =
      other === undefined ? undefined : wayBack(self, dependenciesOf(other), find, passed);
    if (rest !== undefined) return [key, ...rest];
  }
  return undefined;
}
