/** How a string looks in block YAML: plain, quoted or as a literal block. Decisions of libyaml's emitter in Go. */
import { isSexagesimal, resolvePlain } from './resolve.ts';
import { isBreak } from './token.ts';

/** Texts that need no look at their characters. */
const surelyPlain = /^[A-Za-z][A-Za-z0-9_./]*$/;

interface Analysis {
  multiline: boolean;
  plain: boolean;
  single: boolean;
  block: boolean;
}

export interface ScalarRules {
  /** yaml/v3 lets tabs stand in literal blocks; v2 quotes them. */
  tabsInBlocks: boolean;
  /** A text goes on in the next line at the first blank behind this column. */
  width: number;
}

export interface Place {
  /** Column of the lines behind the first. */
  indent: number;
  /** Column that the scalar begins at. */
  column: number;
  /** Keys must fit on one line. */
  asKey: boolean;
}

export function writeString(text: string, place: Place, rules: ScalarRules): string {
  if (surelyPlain.test(text)) {
    return resolvePlain(text).tag === 'str' ? text : `"${text}"`;
  }
  if (text === '') return '""';
  const fold: Fold = {
    pad: `\n${' '.repeat(place.indent)}`,
    width: place.asKey ? Infinity : rules.width,
    indent: place.indent,
  };
  const canBePlain = resolvePlain(text).tag === 'str' && !isSexagesimal(text);
  const analysis = analyze(text, rules);
  if (text.includes('\n') && analysis.block && !place.asKey) return literal(text, place.indent);
  if (text.includes('\n') || !canBePlain || (place.asKey && analysis.multiline)) {
    return doubleQuoted(text, place.column, fold);
  }
  if (analysis.plain) return foldPlain(text, place.column, fold);
  return analysis.single
    ? singleQuoted(text, place.column, fold)
    : doubleQuoted(text, place.column, fold);
}

interface Fold {
  pad: string;
  width: number;
  indent: number;
}

/** Breaks a line at a single blank behind the last column; `edges` says whether the outermost blanks may be broken. */
function foldPlain(text: string, start: number, fold: Fold, edges = true): string {
  if (start + text.length <= fold.width) return text;
  const letters = Array.from(text);
  let column = start;
  let out = '';
  let afterBlank = false;
  letters.forEach((c, i) => {
    const inner = edges || (i > 0 && i < letters.length - 1);
    if (c === ' ' && !afterBlank && column > fold.width && letters[i + 1] !== ' ' && inner) {
      out += fold.pad;
      column = fold.indent;
    } else {
      out += c;
      column++;
    }
    afterBlank = c === ' ';
  });
  return out;
}

/** True when a key is written as `key:`, false when it needs `? key`. */
export function isSimpleKey(text: string): boolean {
  if (/[\n\r\x85\u2028\u2029]/.test(text)) return false;
  return text.length <= 42 || new TextEncoder().encode(text).length <= 128;
}

function analyze(text: string, rules: ScalarRules): Analysis {
  let blockIndicators = text.startsWith('---') || text.startsWith('...');
  let breaks = false;
  let special = false;
  let tabs = false;
  let spaceBreak = false;
  let breakSpace = false;
  let previous = 0;
  const last = text.length - 1;
  for (let i = 0; i <= last; i++) {
    const code = text.charCodeAt(i);
    const next = i === last ? 0x20 : text.charCodeAt(i + 1);
    const blankNext = next === 0x20 || next === 0x09;
    if (i === 0) {
      if ('#,[]{}&*!|>\'"%@`'.includes(text[0] ?? '')) blockIndicators = true;
      else if ((code === 0x3f || code === 0x3a || code === 0x2d) && blankNext)
        blockIndicators = true;
    } else if (code === 0x3a && blankNext) blockIndicators = true;
    else if (code === 0x23 && (previous === 0x20 || previous === 0x09 || isBreak(previous))) {
      blockIndicators = true;
    }
    if (code === 0x09 && rules.tabsInBlocks) tabs = true;
    else if (!isPrintable(code)) special = true;
    if (code === 0x20) {
      if (isBreak(previous)) breakSpace = true;
    } else if (isBreak(code)) {
      breaks = true;
      if (previous === 0x20) spaceBreak = true;
    }
    previous = code;
  }
  const [first, end] = [text.charCodeAt(0), text.charCodeAt(last)];
  const edges = first === 0x20 || end === 0x20 || isBreak(first) || isBreak(end);
  const unquotable = spaceBreak || special;
  return {
    multiline: breaks,
    plain: !(edges || breakSpace || unquotable || tabs || breaks || blockIndicators),
    single: !(breakSpace || unquotable || tabs),
    block: !(end === 0x20 || unquotable),
  };
}

function isPrintable(code: number): boolean {
  return (
    code === 0x0a ||
    (code >= 0x20 && code <= 0x7e) ||
    (code >= 0xa0 && code < 0xd800) ||
    (code >= 0xe000 && code < 0xfffe && code !== 0xfeff)
  );
}

function literal(text: string, indent: number): string {
  const first = text.charCodeAt(0);
  let header = first === 0x20 || isBreak(first) ? '|2' : '|';
  if (!isBreak(text.charCodeAt(text.length - 1))) header += '-';
  else if (text.length === 1 || isBreak(text.charCodeAt(text.length - 2))) header += '+';
  const pad = ' '.repeat(indent);
  // The break that ends the text is written by whatever comes next.
  const body = text.endsWith('\n') ? text.slice(0, -1) : text;
  return `${header}\n${body.replaceAll(/(?<=^|[\n\u2028\u2029])[^\n\u2028\u2029]/g, `${pad}$&`)}`;
}

function singleQuoted(text: string, column: number, fold: Fold): string {
  const doubled = foldPlain(text.replaceAll("'", "''"), column + 1, fold, false);
  const pad = ' '.repeat(fold.indent);
  return `'${doubled.replaceAll(/([\u2028\u2029])(?=[^\u2028\u2029])/g, `$1${pad}`)}'`;
}

const names = new Map<number, string>([
  [0x00, '0'],
  [0x07, 'a'],
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0b, 'v'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [0x1b, 'e'],
  [0x22, '"'],
  [0x5c, '\\'],
  [0x85, 'N'],
  [0x2028, 'L'],
  [0x2029, 'P'],
]);

function doubleQuoted(text: string, start: number, fold: Fold): string {
  const letters = Array.from(text);
  // The emitter looks for a byte order mark at the start of the text, whatever character it is at.
  const everything = text.startsWith('\ufeff');
  let out = '"';
  let column = start + 1;
  let afterBlank = false;
  letters.forEach((c, i) => {
    const inner = i > 0 && i < letters.length - 1;
    if (c === ' ' && !everything && !afterBlank && column > fold.width && inner) {
      out += fold.pad + (letters[i + 1] === ' ' ? '\\' : '');
      column = fold.indent + (letters[i + 1] === ' ' ? 1 : 0);
    } else {
      const written = everything || needsEscape(c) ? escape(c) : c;
      out += written;
      column += c === written ? 1 : written.length;
    }
    afterBlank = c === ' ' && !everything;
  });
  return `${out}"`;
}

function needsEscape(c: string): boolean {
  const code = c.codePointAt(0) ?? 0;
  return names.has(code) || code > 0xffff || !isPrintable(code);
}

function escape(c: string): string {
  const code = c.codePointAt(0) ?? 0;
  const name = names.get(code);
  if (name !== undefined) return `\\${name}`;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
