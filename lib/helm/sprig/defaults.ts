/** Defaults, choices and what reflection tells. */
import { SprigError } from './errors.ts';
import { any, fn, text } from './function.ts';
import type { SprigFunctions } from './function.ts';
import { deepEqual, isEmpty, kindOf, typeOf } from './reflection.ts';

export const defaultFunctions: SprigFunctions = {
  default: fn('any ...any', ([fallback, given]) =>
    isEmpty(any(given)) ? any(fallback) : any(given),
  ),
  empty: fn('any', ([value]) => isEmpty(any(value))),
  coalesce: fn('...any', (items) => any(items.find((item) => !isEmpty(item)))),
  all: fn('...any', (items) => items.every((item) => !isEmpty(item))),
  any: fn('...any', (items) => items.some((item) => !isEmpty(item))),
  ternary: fn('any any bool', ([yes, no, choice]) => (choice === true ? any(yes) : any(no))),
  typeOf: fn('any', ([value]) => typeOf(any(value))),
  typeIs: fn('string any', ([type, value]) => typeOf(any(value)) === text(type)),
  typeIsLike: fn('string any', ([type, value]) => {
    const actual = typeOf(any(value));
    return actual === text(type) || actual === `*${text(type)}`;
  }),
  kindOf: fn('any', ([value]) => kindOf(any(value))),
  kindIs: fn('string any', ([kind, value]) => kindOf(any(value)) === text(kind)),
  deepEqual: fn('any any', ([a, b]) => deepEqual(any(a), any(b))),
  fail: fn('string', ([message]) => {
    throw new SprigError(text(message));
  }),
};
