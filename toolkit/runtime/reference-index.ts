/** Which objects name which others, so that a change finds those whom it concerns without looking at all. */
import type { KubeObject } from '../../lib/objects/mod.ts';

/** What an object names, in words of the caller's choice. */
export type RefersTo = (object: KubeObject) => Iterable<string>;

export interface ReferenceIndex {
  /** Takes an object as it is now; `undefined` when it is gone. */
  set(key: string, object: KubeObject | undefined): void;
  /** Keys of the objects that name it. */
  usersOf(reference: string): string[];
}

export function createReferenceIndex(refersTo: RefersTo): ReferenceIndex {
  const references = new Map<string, ReadonlySet<string>>();
  const users = new Map<string, Set<string>>();
  return {
    set: (key, object) => {
      for (const reference of references.get(key) ?? []) {
        const rest = users.get(reference);
        rest?.delete(key);
        if (rest?.size === 0) users.delete(reference);
      }
      references.delete(key);
      if (object === undefined) return;
      const named = new Set(refersTo(object));
      references.set(key, named);
      for (const reference of named) {
        const others = users.get(reference) ?? new Set();
        users.set(reference, others.add(key));
      }
    },
    usersOf: (reference) => [...(users.get(reference) ?? [])],
  };
}
