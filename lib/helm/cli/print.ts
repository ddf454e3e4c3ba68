/** Tables, JSON, YAML and times as Helm prints them. */
import { GoObject } from '../values/mod.ts';
import type { GoValue } from '../values/mod.ts';
import { JsonFields, toYaml, writeJson } from '../yaml/mod.ts';
import { refuse } from './context.ts';

export type OutputFormat = 'table' | 'json' | 'yaml';

/** @throws HelmError for any other word, as pflag says it */
export function outputFormat(text: string): OutputFormat {
  if (text === 'table' || text === 'json' || text === 'yaml') return text;
  throw refuse(`invalid argument "${text}" for "-o, --output" flag: invalid format type`);
}

/**
 * Columns padded to their widest line, a tab between them (github.com/gosuri/uitable).
 *
 * A cell of several lines is cut as a whole when all of it is wider than the column, before it is split: that is how
 * Helm's tables look.
 *
 * @param widest longer lines are cut, with dots at their end; 0 cuts nothing
 */
export function table(rows: readonly (readonly string[])[], widest = 0): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, at) => {
      const width = Math.max(...cell.split('\n').map(widthOf));
      const limited = widest === 0 ? width : Math.min(width, widest);
      widths[at] = Math.max(widths[at] ?? 0, limited);
    });
  const texts = rows.flatMap((row) => {
    const cells = row.map((cell, at) => fit(cell, widths[at] ?? 0).split('\n'));
    const height = Math.max(...cells.map((lines) => lines.length));
    return Array.from({ length: height }, (_, line) =>
      cells
        .map((lines, at) => {
          const width = widths[at] ?? 0;
          const text = lines[line];
          return text === undefined ? ' '.repeat(Math.max(1, width)) : fit(text, width);
        })
        .join('\t'),
    );
  });
  return `${texts.join('\n')}\n`;
}

/** Columns that a text takes; control characters take none. */
const widthOf = (text: string): number => [...text.replaceAll(/[\u0000-\u001f\u007f]/g, '')].length;

function fit(text: string, width: number): string {
  const own = widthOf(text);
  if (own <= width) return text + ' '.repeat(width - own);
  let cut = '';
  let taken = 0;
  for (const letter of text) {
    cut += letter;
    if (taken + widthOf(letter) >= width - 3) break;
    taken += widthOf(letter);
  }
  return `${cut}...`;
}

/** A Go struct: its fields in order in JSON. */
class Fields extends GoObject {
  readonly goType = 'struct';
  readonly fields: JsonFields;

  constructor(fields: readonly (readonly [string, GoValue])[]) {
    super();
    this.fields = new JsonFields(fields);
  }

  toJsonValue(): JsonFields {
    return this.fields;
  }
}

export const fields = (list: readonly (readonly [string, GoValue])[]): GoValue => new Fields(list);

export const json = (value: GoValue): string => `${writeJson(value)}\n`;

export const yaml = (value: GoValue): string => toYaml(value);

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

interface WallTime {
  date: Date;
  /** Digits after the second, without trailing zeros. */
  fraction: string;
  offset: string;
}

/** The wall clock of an RFC 3339 text, in its own zone. */
function wallTime(text: string): WallTime | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (match === null) return undefined;
  return {
    date: new Date(`${match[1]}Z`),
    fraction: (match[2] ?? '').replace(/0+$/, ''),
    offset: match[3] ?? 'Z',
  };
}

const two = (number: number, pad = '0') => String(number).padStart(2, pad);

/** `Mon Jan _2 15:04:05 2006`. */
export function ansiTime(text: string): string {
  const { date } = wallTime(text) ?? { date: new Date(Date.UTC(1, 0, 1)) };
  return `${days[date.getUTCDay()]} ${months[date.getUTCMonth()]} ${two(date.getUTCDate(), ' ')} ${clockOf(date)} ${date.getUTCFullYear()}`;
}

/** `2006-01-02 15:04:05.999999999 -0700 MST`, as `list` shows it; `-` when there is none. */
export function goTime(text: string): string {
  const wall = wallTime(text);
  if (wall === undefined) return '-';
  const zone =
    wall.offset === 'Z' || wall.offset === '+00:00'
      ? '+0000 UTC'
      : `${wall.offset.replace(':', '')} ${wall.offset.replace(':', '')}`;
  const fraction = wall.fraction === '' ? '' : `.${wall.fraction}`;
  return `${wall.date.toISOString().slice(0, 10)} ${clockOf(wall.date)}${fraction} ${zone}`;
}

/** RFC 3339 to the second. */
export const secondTime = (text: string): string => text.replace(/\.\d+/, '');

const clockOf = (date: Date) =>
  `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
