/** Go's fmt: Sprint, Sprintln, Sprintf (fmt/print.go, Go 1.24). */
import { GoInt, GoObject, joinLooseBytes } from '../values/mod.ts';
import type { GoValue } from '../values/mod.ts';
import { printFloat } from './format-float.ts';
import { noFlags } from './format-int.ts';
import type { Flags } from './format-int.ts';
import { formatValue } from './format-value.ts';
import type { Struct } from './function.ts';
import { typeOf } from './value.ts';

/** Widths and precisions beyond it are mistakes. */
const largest = 1_000_000;

/** `%v`: `<nil>` for nil. */
export function sprintValue(value: GoValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return printFloat(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value instanceof GoInt) return value.value.toString();
  return formatValue(value, 'v', noFlags());
}

/** `%v` of what a pointer points at: only its own text keeps the ampersand away otherwise. */
export function withoutPointer(value: GoValue): string {
  const text = sprintValue(value);
  const isPointer = value instanceof GoObject && value.goType.startsWith('*');
  return isPointer && text.startsWith('&') ? text.slice(1) : text;
}

/** What an action prints: of a value that Go can address, the methods of its pointer count. */
export function printedValue(value: GoValue): string {
  if (value instanceof GoObject) {
    const struct: Struct = value;
    const own = struct.printed?.();
    if (own !== undefined) return own;
  }
  return withoutPointer(value);
}

/** `fmt.Sprint`: a space between operands when neither is a string. */
export function sprint(args: readonly GoValue[]): string {
  let text = '';
  let afterString = true;
  for (const arg of args) {
    const isString = typeof arg === 'string';
    if (!isString && !afterString) text += ' ';
    text += sprintValue(arg);
    afterString = isString;
  }
  return joinLooseBytes(text);
}

export function sprintln(args: readonly GoValue[]): string {
  return `${args.map(sprintValue).join(' ')}\n`;
}

/** `fmt.Sprintf`, complaints included: `%!d(string=x)`, `%!s(MISSING)`, `%!(EXTRA int=1)`. */
export function sprintf(format: string, args: readonly GoValue[]): string {
  let at = format.indexOf('%');
  if (at < 0 && args.length === 0) return format;
  const state: State = { format, args, at: 0, next: 0, isReordered: false, out: '' };
  while (state.at < format.length) {
    at = format.indexOf('%', state.at);
    const end = at < 0 ? format.length : at;
    state.out += format.slice(state.at, end);
    state.at = end;
    if (at >= 0) formatDirective(state);
  }
  if (!state.isReordered && state.next < args.length) {
    const extra = args
      .slice(state.next)
      .map((arg) => (arg === null ? '<nil>' : `${typeOf(arg)}=${sprintValue(arg)}`));
    state.out += `%!(EXTRA ${extra.join(', ')})`;
  }
  return joinLooseBytes(state.out);
}

interface State {
  readonly format: string;
  readonly args: readonly GoValue[];
  at: number;
  /** Which argument is printed next. */
  next: number;
  /** Whether an `[n]` was met: then no argument counts as left over. */
  isReordered: boolean;
  out: string;
}

/** From a percent sign to behind its verb. */
function formatDirective(state: State): void {
  const { format, args } = state;
  state.at += 1;
  const flags = readFlags(state);
  let isGood = true;
  const readIndex = (): boolean => {
    if (format[state.at] !== '[') return false;
    const index = argumentIndex(state);
    if (index !== undefined && index >= 0 && index < args.length) {
      state.next = index;
      return true;
    }
    isGood = false;
    return index !== undefined;
  };

  let isIndexed = readIndex();
  if (format[state.at] === '*') {
    state.at += 1;
    const width = starArgument(state);
    if (width === undefined) state.out += '%!(BADWIDTH)';
    else {
      flags.width = Math.abs(width);
      if (width < 0) {
        flags.minus = true;
        flags.zero = false;
      }
    }
    isIndexed = false;
  } else {
    flags.width = readNumber(state);
    if (isIndexed && flags.width !== undefined) isGood = false;
  }
  if (format[state.at] === '.' && state.at + 1 < format.length) {
    state.at += 1;
    if (isIndexed) isGood = false;
    isIndexed = readIndex();
    if (format[state.at] === '*') {
      state.at += 1;
      const precision = starArgument(state);
      flags.precision = precision !== undefined && precision >= 0 ? precision : undefined;
      if (flags.precision === undefined) state.out += '%!(BADPREC)';
      isIndexed = false;
    } else {
      flags.precision = readNumber(state) ?? 0;
    }
  }
  if (!isIndexed) readIndex();
  if (state.at >= format.length) {
    state.out += '%!(NOVERB)';
    return;
  }
  const verb = String.fromCodePoint(format.codePointAt(state.at) ?? 0);
  state.at += verb.length;
  if (verb === '%') state.out += '%';
  else if (!isGood) state.out += `%!${verb}(BADINDEX)`;
  else if (state.next >= args.length) state.out += `%!${verb}(MISSING)`;
  else {
    if (verb === 'v' || verb === 'w') {
      flags.sharpV = flags.sharp;
      flags.sharp = false;
      flags.plusV = flags.plus;
      flags.plus = false;
    }
    state.out += formatValue(args[state.next] ?? null, verb, flags);
    state.next += 1;
  }
}

function readFlags(state: State): Flags {
  const flags = noFlags();
  for (;;) {
    switch (state.format[state.at]) {
      case '#':
        flags.sharp = true;
        break;
      case '0':
        flags.zero = true;
        break;
      case '+':
        flags.plus = true;
        break;
      case '-':
        flags.minus = true;
        break;
      case ' ':
        flags.space = true;
        break;
      default:
        return flags;
    }
    state.at += 1;
  }
}

/** A number too large sends Go to the end of the format. */
function readNumber(state: State): number | undefined {
  const from = state.at;
  let number = 0;
  for (;;) {
    const digit = state.format.charCodeAt(state.at) - 48;
    if (!(digit >= 0 && digit <= 9)) return state.at > from ? number : undefined;
    if (number > largest) {
      state.at = state.format.length;
      return undefined;
    }
    number = number * 10 + digit;
    state.at += 1;
  }
}

/** Reads `[n]`; n counts from 1, the result from 0; `undefined` for what is no number. */
function argumentIndex(state: State): number | undefined {
  state.isReordered = true;
  const close = state.format.indexOf(']', state.at + 1);
  if (close < 0) {
    state.at += 1;
    return undefined;
  }
  const inside = state.format.slice(state.at + 1, close);
  state.at = close + 1;
  return /^\d{1,7}$/.test(inside) ? Number(inside) - 1 : undefined;
}

function starArgument(state: State): number | undefined {
  const arg = state.args[state.next];
  if (arg === undefined) return undefined;
  state.next += 1;
  if (!(arg instanceof GoInt)) return undefined;
  const value = Number(arg.value);
  return Math.abs(value) <= largest ? value : undefined;
}
