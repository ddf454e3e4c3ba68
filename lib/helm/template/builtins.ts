/** The functions of text/template itself (text/template/funcs.go, Go 1.24). */
import { byteLength, bytesOfText, GoInt, GoSlice, isPrint, textOfBytes } from '../values/mod.ts';
import type { GoValue } from '../values/mod.ts';
import { equal, less, lessOrEqual } from './comparison.ts';
import { noValue } from './convert.ts';
import { problem } from './errors.ts';
import { sprint, sprintf, sprintln } from './format.ts';
import type { ParamType, TemplateFunction, TemplateFunctions } from './function.ts';
import { entriesOf, isTrue, itemsOf, typeOf, zeroElement } from './value.ts';

function builtin(
  params: readonly ParamType[],
  rest: ParamType | undefined,
  call: TemplateFunction['call'],
): TemplateFunction {
  return { params, rest, call };
}

const first = (args: readonly GoValue[]): GoValue => args[0] ?? null;

/** `and` and `or` are evaluated by the compiler, which stops at the first argument that decides; here for their shape. */
export const builtins: TemplateFunctions = {
  and: builtin(['any'], 'any', (args) => args.find((arg) => !isTrue(arg)) ?? args.at(-1) ?? null),
  or: builtin(['any'], 'any', (args) => args.find(isTrue) ?? args.at(-1) ?? null),
  not: builtin(['any'], undefined, (args) => !isTrue(first(args))),
  len: builtin(['value'], undefined, (args) => length(first(args))),
  index: builtin(['any'], 'any', ([of, ...keys]) => {
    if (of === null || of === undefined) return problem('index of untyped nil');
    return keys.reduce<GoValue>((value, key) => index(value, key), of);
  }),
  slice: builtin(['any'], 'any', ([of, ...bounds]) => slice(of ?? null, bounds)),
  call: calling(undefined),
  print: builtin([], 'any', (args) => sprint(args)),
  println: builtin([], 'any', (args) => sprintln(args)),
  printf: builtin(['string'], 'any', ([format, ...args]) =>
    sprintf(String(format as string), args),
  ),
  html: builtin([], 'any', (args) => html(escapeArgument(args))),
  js: builtin([], 'any', (args) => js(escapeArgument(args))),
  urlquery: builtin([], 'any', (args) => urlQuery(escapeArgument(args))),
  eq: builtin(['any'], 'any', ([value, ...others]) => {
    if (others.length === 0) return problem('missing argument for comparison');
    return others.some((other) => equal(value ?? null, other));
  }),
  ne: builtin(['any', 'any'], undefined, ([a, b]) => !equal(a ?? null, b ?? null)),
  lt: builtin(['any', 'any'], undefined, ([a, b]) => less(a ?? null, b ?? null)),
  le: builtin(['any', 'any'], undefined, ([a, b]) => lessOrEqual(a ?? null, b ?? null)),
  gt: builtin(['any', 'any'], undefined, ([a, b]) => !lessOrEqual(a ?? null, b ?? null)),
  ge: builtin(['any', 'any'], undefined, ([a, b]) => !less(a ?? null, b ?? null)),
};

/** The type, of what a pointer points at. */
const pointedAt = (value: GoValue): string => typeOf(value).replace(/^\*/, '');

function length(value: GoValue): GoValue {
  if (value === null) return problem('len of nil pointer');
  if (value === noValue) return problem('reflect: call of reflect.Value.Type on zero Value');
  if (typeof value === 'string') return GoInt.int(byteLength(value));
  const size = entriesOf(value)?.size ?? itemsOf(value)?.length;
  return size === undefined ? problem(`len of type ${pointedAt(value)}`) : GoInt.int(size);
}

function index(value: GoValue, key: GoValue): GoValue {
  if (value === null) return problem('index of nil pointer');
  const entries = entriesOf(value);
  if (entries !== undefined) {
    if (key === null) return problem('value is nil; should be of type string');
    if (typeof key !== 'string') return problem(`value has type ${typeOf(key)}; should be string`);
    const found = entries.get(key);
    if (found !== undefined) return found;
    return zeroElement(value);
  }
  const items =
    typeof value === 'string'
      ? [...bytesOfText(value)].map((byte) => new GoInt('uint8', BigInt(byte)))
      : itemsOf(value);
  if (items === undefined) return problem(`can't index item of type ${pointedAt(value)}`);
  const at = indexNumber(key, items.length);
  // Go lets the length itself through, and then its reflection panics.
  if (at === items.length)
    return problem(`reflect: ${typeof value === 'string' ? 'string' : 'slice'} index out of range`);
  return items[at] ?? null;
}

function indexNumber(key: GoValue, size: number): number {
  if (key === null) return problem('cannot index slice/array with nil');
  if (!(key instanceof GoInt)) return problem(`cannot index slice/array with type ${typeOf(key)}`);
  const at = Number(key.value);
  if (at < 0 || at > size) return problem(`index out of range: ${BigInt.asIntN(64, key.value)}`);
  return at;
}

function slice(value: GoValue, bounds: readonly GoValue[]): GoValue {
  if (value === null) return problem('slice of untyped nil');
  if (bounds.length > 3) return problem(`too many slice indexes: ${bounds.length}`);
  const bytes = typeof value === 'string' ? bytesOfText(value) : undefined;
  if (bytes !== undefined && bounds.length === 3) return problem('cannot 3-index slice a string');
  const items = bytes === undefined ? itemsOf(value) : undefined;
  if (bytes === undefined && items === undefined)
    return problem(`can't slice item of type ${typeOf(value)}`);
  const size = bytes?.length ?? items?.length ?? 0;
  const [from = 0, to = size] = bounds.map((bound) => indexNumber(bound, size));
  if (bounds.length > 1 && from > to) return problem(`invalid slice index: ${from} > ${to}`);
  if (bytes !== undefined) return textOfBytes(bytes.subarray(from, to));
  const part = (items ?? []).slice(from, to);
  return value instanceof GoSlice
    ? new GoSlice(value.goType, part)
    : value instanceof Uint8Array
      ? value.slice(from, to)
      : [...part];
}

/**
 * `call`: no value of a template is a function.
 *
 * @param callee as the template writes it; `undefined` for what a pipeline hands over
 */
export function calling(callee: string | undefined): TemplateFunction {
  return builtin(['any'], 'any', ([value = null]) => {
    if (value === null) return problem('call of nil');
    const type = typeOf(value);
    const name = callee ?? (typeof value === 'string' ? value : `<${type} Value>`);
    return problem(`non-function ${name} of type ${type}`);
  });
}

const escapeArgument = (args: readonly GoValue[]): string => {
  const [only] = args;
  if (args.length === 1 && typeof only === 'string') return only;
  return sprint(args.map((arg) => (arg === null ? '<no value>' : arg)));
};

const html = (text: string): string =>
  text.replaceAll(
    /[\u0000'"&<>]/g,
    (char) =>
      ({ '\0': '\uFFFD', "'": '&#39;', '"': '&#34;', '&': '&amp;', '<': '&lt;', '>': '&gt;' })[
        char
      ] ?? char,
  );

function js(text: string): string {
  return [...text]
    .map((char) => {
      const point = char.codePointAt(0) ?? 0;
      const named = {
        '\\': '\\\\',
        "'": "\\'",
        '"': '\\"',
        '<': '\\u003C',
        '>': '\\u003E',
        '&': '\\u0026',
        '=': '\\u003D',
      }[char];
      if (named !== undefined) return named;
      if (point < 0x20) return `\\u00${point.toString(16).toUpperCase().padStart(2, '0')}`;
      // Loose bytes stay as they are.
      if (point >= 0xdc80 && point <= 0xdcff) return char;
      if (point < 0x80 || isPrint(char)) return char;
      return `\\u${point.toString(16).toUpperCase().padStart(4, '0')}`;
    })
    .join('');
}

function urlQuery(text: string): string {
  let out = '';
  for (const byte of bytesOfText(text)) {
    const char = String.fromCharCode(byte);
    if (/[A-Za-z0-9_.~-]/.test(char)) out += char;
    else if (char === ' ') out += '+';
    else out += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}
