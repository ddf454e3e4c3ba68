/** What an automation has changed, by file and object. Pure. */
import type { SetterChange } from '../../lib/manifest/mod.ts';

export interface FileChanges {
  /** Relative to `update.path`. */
  file: string;
  changes: readonly SetterChange[];
}

export interface Change {
  oldValue: string;
  newValue: string;
  setter: string;
}

export type ChangedObject = SetterChange['object'];

/** Changes of each object, objects in the order of their names. */
export function byObject(
  changes: readonly SetterChange[],
): { object: ChangedObject; changes: Change[] }[] {
  const found = new Map<string, { object: ChangedObject; changes: Change[] }>();
  for (const { object, ...change } of changes) {
    const key = [object.kind, object.namespace, object.name, object.apiVersion].join('\0');
    const entry = found.get(key) ?? { object, changes: [] };
    entry.changes.push(change);
    found.set(key, entry);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

/** Each change once. */
export function distinct(changes: readonly Change[]): Change[] {
  const known = new Map<string, Change>();
  for (const { oldValue, newValue, setter } of changes) {
    const key = [oldValue, newValue, setter].join('\0');
    if (!known.has(key)) known.set(key, { oldValue, newValue, setter });
  }
  return [...known.values()];
}
