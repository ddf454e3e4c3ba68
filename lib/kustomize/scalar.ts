/** What scalars mean: YAML 1.1 as go.yaml.in/yaml/v3 resolves it, and as yaml/v2 where the original asks that one. */
import { parseYaml } from '../helm/yaml/mod.ts';
import { failure } from './errors.ts';
import { quotedStyles, Style, Tag } from './node.ts';
import type { YNode } from './node.ts';

export type Resolved =
  | { tag: '!!str' | '!!merge'; value: string }
  | { tag: '!!null'; value: null }
  | { tag: '!!bool'; value: boolean }
  | { tag: '!!int'; value: bigint }
  | { tag: '!!float'; value: number }
  /** The value is what encoding/json writes for the time. */
  | { tag: '!!timestamp'; value: string };

const words = new Map<string, Resolved>();
for (const word of ['true', 'True', 'TRUE']) words.set(word, { tag: '!!bool', value: true });
for (const word of ['false', 'False', 'FALSE']) words.set(word, { tag: '!!bool', value: false });
for (const word of ['', '~', 'null', 'Null', 'NULL']) {
  words.set(word, { tag: '!!null', value: null });
}
for (const word of ['.nan', '.NaN', '.NAN']) {
  words.set(word, { tag: '!!float', value: Number.NaN });
}
for (const word of ['.inf', '.Inf', '.INF']) {
  words.set(word, { tag: '!!float', value: Infinity });
  words.set(`+${word}`, { tag: '!!float', value: Infinity });
  words.set(`-${word}`, { tag: '!!float', value: -Infinity });
}
words.set('<<', { tag: '!!merge', value: '<<' });

const mayBeMore = /^[-+.0-9]/;
const yamlFloat = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const integer =
  /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]([0-7]+)|0([0-7]+)|([1-9][0-9]*|0))$/;
const maxInt64 = 2n ** 63n - 1n;
const maxUint64 = 2n ** 64n - 1n;

/** Resolves a plain scalar without a tag. */
export function resolvePlain(text: string): Resolved {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (!mayBeMore.test(text)) return { tag: '!!str', value: text };
  if (text.startsWith('.')) {
    return floatOf(text.replaceAll(/(?<=[0-9])_(?=[0-9])/g, '')) ?? { tag: '!!str', value: text };
  }
  const time = timestamp(text);
  if (time !== undefined) return { tag: '!!timestamp', value: time };
  const digits = text.replaceAll('_', '');
  const int = integerOf(digits);
  if (int !== undefined) return { tag: '!!int', value: int };
  return floatOf(digits) ?? { tag: '!!str', value: text };
}

function floatOf(text: string): Resolved | undefined {
  if (!yamlFloat.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? { tag: '!!float', value } : undefined;
}

function integerOf(text: string): bigint | undefined {
  const match = integer.exec(text);
  if (match === null) return undefined;
  const [, sign, hex, binary, newOctal, octal, decimal] = match;
  const magnitude =
    hex !== undefined
      ? BigInt(`0x${hex}`)
      : binary !== undefined
        ? BigInt(`0b${binary}`)
        : BigInt(
            (newOctal ?? octal) !== undefined ? `0o${newOctal ?? octal ?? '0'}` : (decimal ?? '0'),
          );
  if (sign === '-') return magnitude <= maxInt64 + 1n ? -magnitude : undefined;
  return magnitude <= (sign === '+' ? maxInt64 : maxUint64) ? magnitude : undefined;
}

const time =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})([.,]\d+)?(Z|[-+]\d\d:\d\d)| (\d{1,2}):(\d{1,2}):(\d{1,2})([.,]\d+)?)?$/;

/** The four layouts that yaml/v3 tries; what encoding/json makes of the time, undefined for what is none. */
function timestamp(text: string): string | undefined {
  if (text.charCodeAt(4) !== 0x2d) return undefined;
  const match = time.exec(text);
  if (match === null) return undefined;
  const part = (index: number): number => Number(match[index] ?? 0);
  const [year, month, day] = [part(1), part(2), part(3)];
  const [hour, minute, second] = [part(4) + part(9), part(5) + part(10), part(6) + part(11)];
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  const zone = match[8] ?? 'Z';
  if (day < 1 || day > days || hour > 23 || minute > 59 || second > 59) return undefined;
  if (zone !== 'Z' && (Number(zone.slice(1, 3)) > 24 || Number(zone.slice(4)) > 59)) {
    return undefined;
  }
  const two = (value: number): string => String(value).padStart(2, '0');
  const fraction = (match[7] ?? match[12] ?? '').slice(1, 10).replace(/0+$/, '');
  const clock = `${two(hour)}:${two(minute)}:${two(second)}${fraction === '' ? '' : `.${fraction}`}`;
  const offset = /^[-+]00:00$/.test(zone) ? 'Z' : zone;
  return `${match[1] ?? ''}-${two(month)}-${two(day)}T${clock}${offset}`;
}

/**
 * The value of a scalar node. The original prints a document and reads it again to find it, so the answer is what the
 * printed form would be read as: quotes win over a tag that agrees with the text, a tag that does not is written out.
 *
 * @throws KustomizeError when a tag and the text contradict each other
 */
export function resolveScalar(node: YNode): Resolved {
  const quoted = (node.style & quotedStyles) !== 0;
  const { tag, value } = node;
  const string: Resolved = { tag: '!!str', value };
  if (tag === Tag.string) return string;
  if (tag === Tag.unset || tag === '!') {
    return quoted || value.includes('\n') ? string : resolvePlain(value);
  }
  const plain = resolvePlain(value);
  if ((node.style & Style.tagged) === 0 && plain.tag === tag) return quoted ? string : plain;
  if (tag === '!!binary') return { tag: '!!str', value: decodeBase64(value) };
  if (!['!!bool', '!!int', '!!float', '!!null', '!!timestamp'].includes(tag)) return string;
  if (plain.tag === tag) return plain;
  if (tag === Tag.float && plain.tag === '!!int') {
    return { tag: '!!float', value: Number(plain.value) };
  }
  throw failure(`yaml: cannot decode ${plain.tag} \`${value}\` as a ${tag}`);
}

function decodeBase64(text: string): string {
  try {
    const binary = atob(text.replaceAll(/[\r\n]/g, ''));
    return new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
  } catch {
    throw failure('yaml: !!binary value contains invalid base64 data');
  }
}

const plainWord = /^[A-Za-z][A-Za-z0-9._/-]*$/;
const oldWords = new Set(
  'y Y yes Yes YES on On ON n N no No NO off Off OFF true True TRUE false False FALSE null Null NULL'.split(
    ' ',
  ),
);

/** Whether YAML 1.1 (yaml/v2) reads a text as anything but a string; such a string is quoted when it is set. */
export function isOldNonString(text: string): boolean {
  if (text === '' || text.includes('\n')) return false;
  if (plainWord.test(text)) return oldWords.has(text);
  if (/^[-+]?\.(?:inf|Inf|INF|nan|NaN|NAN)$/.test(text)) return true;
  try {
    return typeof parseYaml(text) !== 'string';
  } catch {
    return false;
  }
}

const base60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

/** How yaml/v3 writes a string that it is given as a value. */
export function styleOfString(text: string): number {
  if (text.includes('\n')) return Style.literal;
  const isPlain =
    resolvePlain(text).tag === '!!str' &&
    !base60.test(text) &&
    !/^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$/.test(text);
  if (!isPlain) return Style.double;
  return isPlainSafe(text) ? Style.plain : Style.single;
}

const indicatorFirst = /^(?:[#,[\]{}&*!|>'"%@`]|[-?:](?:\s|$)|---|\.\.\.)/;

/** Whether a text on one line can stand without quotes in block context. */
export function isPlainSafe(text: string): boolean {
  if (text === '') return false;
  if (indicatorFirst.test(text) || /^\s|\s$/.test(text)) return false;
  return !/: |:$| #|[\u0000-\u001f\u007f\ufeff]/.test(text);
}
