/** Which variable a name means where, known before anything runs. */

/** Variables of one template, as Go's stack holds them while it runs. */
export interface Scope {
  /** Innermost last. */
  names: { name: string; slot: number }[];
  /** Slots handed out so far. */
  slots: number;
}

export const newScope = (): Scope => ({ names: [{ name: '$', slot: 0 }], slots: 1 });

/** Declares a variable that hides others of its name until the block ends. */
export function declare(scope: Scope, name: string): number {
  const slot = scope.slots;
  scope.slots += 1;
  scope.names.push({ name, slot });
  return slot;
}

/** The slot of the innermost variable of a name; `undefined` when Go would not find it either. */
export function slotOf(scope: Scope, name: string): number | undefined {
  return scope.names.findLast((each) => each.name === name)?.slot;
}

/** Runs `compile`; what it declares is forgotten afterwards. */
export function inBlock<T>(scope: Scope, compile: () => T): T {
  const declared = scope.names.length;
  const result = compile();
  scope.names.length = declared;
  return result;
}
