/** Texts as times by Go's layouts, and Go's words for those that do not fit (time/format.go, `parse`). */
import { toBytes } from './bytes.ts';
import { days, GoTime, months, offsetOf, pieces } from './time.ts';
import type { FixedZone } from './time.ts';

/** What is read so far; parts that no layout names are `undefined`. */
interface Parts {
  year: number;
  month?: number;
  day?: number;
  yearDay?: number;
  hour: number;
  minute: number;
  second: number;
  nanos: number;
  half?: 'AM' | 'PM';
  isUtc?: boolean;
  offsetSeconds?: number;
  zoneName?: string;
}

/** Nothing fits; whoever catches it knows which part of the layout it was. */
const bad = new Error('does not fit');

/** The rest of a text behind what was read, and what of it is out of range. */
type Read = { rest: string; outOfRange?: string | undefined };

/**
 * @param zone IANA name of the zone of times that name none
 * @returns Go's message for a text that does not fit
 */
export function parseTime(layoutText: string, valueText: string, zone: string): GoTime | string {
  const [layout, value] = [toBytes(layoutText), toBytes(valueText)];
  const parts: Parts = { year: 0, hour: 0, minute: 0, second: 0, nanos: 0 };
  const about = `parsing time ${quote(value)}`;
  const misfit = (rest: string, part: string) =>
    `${about} as ${quote(layout)}: cannot parse ${quote(rest)} as ${quote(part)}`;
  let rest = value;
  let at = 0;
  for (const { 0: piece, index } of layout.matchAll(pieces)) {
    const prefix = layout.slice(at, index);
    const skipped = skip(rest, prefix);
    if (!skipped.fits) return misfit(skipped.rest, prefix);
    at = index + piece.length;
    try {
      const read = readPiece(piece, skipped.rest, parts, layout.slice(at));
      if (read.outOfRange !== undefined) return `${about}: ${read.outOfRange} out of range`;
      rest = read.rest;
    } catch (thrown) {
      if (thrown !== bad) throw thrown;
      return misfit(skipped.rest, piece);
    }
  }
  const prefix = layout.slice(at);
  const skipped = skip(rest, prefix);
  if (!skipped.fits) return misfit(skipped.rest, prefix);
  if (skipped.rest !== '') return `${about}: extra text: ${quote(skipped.rest)}`;
  const made = timeOf(parts, zone);
  return typeof made === 'string' ? `${about}: ${made}` : made;
}

/** As the package time does: each byte that is no ASCII for itself. */
const quote = (bytes: string): string =>
  `"${bytes
    .replaceAll(/["\\]/g, '\\$&')
    .replaceAll(
      /[^ -\x7f]/g,
      (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
    )}"`;

/** Takes what stands between the parts; one space stands for any number of them, or none at the end. */
function skip(value: string, prefix: string): { fits: boolean; rest: string } {
  let rest = value;
  let wanted = prefix;
  while (wanted !== '') {
    if (wanted.startsWith(' ')) {
      if (rest !== '' && !rest.startsWith(' ')) return { fits: false, rest };
      wanted = wanted.replace(/^ +/, '');
      rest = rest.replace(/^ +/, '');
      continue;
    }
    if (rest === '' || rest[0] !== wanted[0]) return { fits: false, rest };
    wanted = wanted.slice(1);
    rest = rest.slice(1);
  }
  return { fits: true, rest };
}

/** One or two digits. */
function number(text: string, isFixed: boolean): [number, string] {
  const found = (isFixed ? /^\d\d/ : /^\d\d?/).exec(text)?.[0];
  if (found === undefined) throw bad;
  return [Number(found), text.slice(found.length)];
}

function name(text: string, names: readonly string[]): [number, string] {
  const lower = text.toLowerCase();
  const at = names.findIndex((each) => lower.startsWith(each.toLowerCase()));
  if (at < 0) throw bad;
  return [at, text.slice(names[at]?.length ?? 0)];
}

const short = (names: readonly string[]) => names.map((each) => each.slice(0, 3));

/** @throws `bad` */
function readPiece(piece: string, text: string, parts: Parts, layout: string): Read {
  const ranged = (
    key: 'month' | 'hour' | 'minute' | 'second',
    isFixed: boolean,
    least: number,
    most: number,
  ): Read => {
    const [value, rest] = number(text, isFixed);
    parts[key] = value;
    return value < least || value > most ? { rest, outOfRange: key } : { rest };
  };
  switch (piece) {
    case '2006': {
      const year = /^\d{4}/.exec(text)?.[0];
      if (year === undefined) throw bad;
      parts.year = Number(year);
      return { rest: text.slice(4) };
    }
    case '06': {
      const [year, rest] = number(text, true);
      parts.year = year + (year >= 69 ? 1900 : 2000);
      return { rest };
    }
    case 'January':
    case 'Jan': {
      const [month, rest] = name(text, piece === 'Jan' ? short(months) : months);
      parts.month = month + 1;
      return { rest };
    }
    case 'Monday':
    case 'Mon':
      return { rest: name(text, piece === 'Mon' ? short(days) : days)[1] };
    case '01':
    case '1':
      return ranged('month', piece === '01', 1, 12);
    case '02':
    case '2':
    case '_2': {
      const [day, rest] = number(piece === '_2' ? text.replace(/^ /, '') : text, piece === '02');
      parts.day = day;
      return { rest };
    }
    case '002':
    case '__2': {
      const padded = piece === '__2' ? text.replace(/^ {1,2}/, '') : text;
      const found = (piece === '002' ? /^\d{3}/ : /^\d{1,3}/).exec(padded)?.[0];
      if (found === undefined) throw bad;
      parts.yearDay = Number(found);
      return { rest: padded.slice(found.length) };
    }
    case '15':
      return ranged('hour', false, 0, 23);
    case '03':
    case '3':
      return ranged('hour', piece === '03', 0, 12);
    case '04':
    case '4':
      return ranged('minute', piece === '04', 0, 59);
    case '05':
    case '5': {
      const read = ranged('second', piece === '05', 0, 59);
      // A fraction may follow that the layout does not name.
      const fraction = /^[.,]\d+/.exec(read.rest)?.[0];
      const next = layout.match(pieces)?.[0] ?? '';
      if (read.outOfRange !== undefined || fraction === undefined || /^[.,]/.test(next))
        return read;
      return readFraction(read.rest, fraction.length, parts);
    }
    case 'PM':
    case 'pm': {
      const half = text.slice(0, 2);
      const upper = half.toUpperCase();
      if (
        (upper !== 'AM' && upper !== 'PM') ||
        (piece === 'PM' ? upper : half.toLowerCase()) !== half
      )
        throw bad;
      parts.half = upper;
      return { rest: text.slice(2) };
    }
    case 'MST':
      return readZoneName(text, parts);
    default:
  }
  if (!/^[.,]/.test(piece)) return readOffset(piece, text, parts);
  if (piece[1] === '0') return readFraction(text, piece.length, parts);
  const fraction = /^[.,]\d+/.exec(text)?.[0];
  return fraction === undefined ? { rest: text } : readFraction(text, fraction.length, parts);
}

function readFraction(text: string, length: number, parts: Parts): Read {
  const digits = text.slice(1, Math.min(length, 10));
  if (text.length < length || !/^[.,]/.test(text) || !/^\d+$/.test(digits)) throw bad;
  parts.nanos = Number(digits.padEnd(9, '0'));
  return { rest: text.slice(length) };
}

/** Shapes of offsets behind their sign; `Z` stands for the sign where a `Z` will do. */
const offsets: Readonly<Record<string, RegExp>> = {
  '07': /^(.)(..)/,
  '0700': /^(.)(..)(..)/,
  '07:00': /^(.)(..):(..)/,
  '070000': /^(.)(..)(..)(..)/,
  '07:00:00': /^(.)(..):(..):(..)/,
};

function readOffset(piece: string, text: string, parts: Parts): Read {
  if (piece.startsWith('Z') && text.startsWith('Z')) {
    parts.isUtc = true;
    return { rest: text.slice(1) };
  }
  const match = offsets[piece.slice(1)]?.exec(text);
  if (match === null || match === undefined) throw bad;
  const [whole, sign, ...fields] = match;
  const [hours = 0, minutes = 0, seconds = 0] = fields.map((field) => number(field, true)[0]);
  if (sign !== '+' && sign !== '-') throw bad;
  const size = (hours * 60 + minutes) * 60 + seconds;
  parts.offsetSeconds = sign === '-' ? -size : size;
  const unit = hours > 24 ? 'hour' : minutes > 60 ? 'minute' : seconds > 60 ? 'second' : undefined;
  const rest = text.slice(whole.length);
  return unit === undefined ? { rest } : { rest, outOfRange: `time zone offset ${unit}` };
}

function readZoneName(text: string, parts: Parts): Read {
  if (text.startsWith('UTC')) {
    parts.isUtc = true;
    return { rest: text.slice(3) };
  }
  const length = zoneNameLength(text);
  if (length === 0) throw bad;
  parts.zoneName = text.slice(0, length);
  return { rest: text.slice(length) };
}

function zoneNameLength(text: string): number {
  if (text.length < 3) return 0;
  if (/^(ChST|MeST)/.test(text)) return 4;
  const signed = /^[-+](\d+)/;
  const offsetLength = (part: string): number => {
    const [whole = '', hours = ''] = signed.exec(part) ?? [];
    return Number(hours) > 23 ? 0 : whole.length;
  };
  if (text.startsWith('GMT')) return 3 + offsetLength(text.slice(3));
  if (/^[-+]/.test(text)) return offsetLength(text);
  const capitals = /^[A-Z]{0,6}/.exec(text)?.[0] ?? '';
  if (capitals.length === 5) return capitals[4] === 'T' ? 5 : 0;
  if (capitals.length === 4) return capitals[3] === 'T' || capitals === 'WITA' ? 4 : 0;
  return capitals.length === 3 ? 3 : 0;
}

const daysIn = (year: number, month: number): number =>
  new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();

/** The time that the parts make, or what does not go together. */
function timeOf(parts: Parts, zone: string): GoTime | string {
  const { year, half, minute, second, nanos } = parts;
  const hour =
    half === 'PM' && parts.hour < 12
      ? parts.hour + 12
      : half === 'AM' && parts.hour === 12
        ? 0
        : parts.hour;
  let { month = 1, day = 1 } = parts;
  if (parts.yearDay !== undefined) {
    const start = new Date(Date.UTC(2000 + (year % 400), 0, parts.yearDay));
    const isIn = parts.yearDay >= 1 && start.getUTCFullYear() === 2000 + (year % 400);
    if (!isIn) return 'day-of-year out of range';
    const [realMonth, realDay] = [start.getUTCMonth() + 1, start.getUTCDate()];
    if (parts.month !== undefined && month !== realMonth) return 'day-of-year does not match month';
    if (parts.day !== undefined && day !== realDay) return 'day-of-year does not match day';
    [month, day] = [realMonth, realDay];
  }
  if (day < 1 || day > daysIn(year, month)) return 'day out of range';
  const date = new Date(Date.UTC(2000, 0, 1, hour, minute, second));
  date.setUTCFullYear(year, month - 1, day);
  const wall = date.getTime();
  const made = (offsetSeconds: number, place: string | FixedZone) =>
    new GoTime(BigInt(wall - offsetSeconds * 1000) * 1_000_000n + BigInt(nanos), place);
  if (parts.isUtc === true) return made(0, 'UTC');
  const { offsetSeconds, zoneName } = parts;
  if (offsetSeconds !== undefined) {
    const local = offsetOf(wall - offsetSeconds * 1000, zone);
    const isLocal =
      local.offsetMinutes * 60 === offsetSeconds && (zoneName ?? local.zoneName) === local.zoneName;
    return made(offsetSeconds, isLocal ? zone : { name: zoneName ?? '', offsetSeconds });
  }
  const shift = offsetOf(wall - offsetOf(wall, zone).offsetMinutes * 60_000, zone);
  if (zoneName === undefined || shift.zoneName === zoneName)
    return made(shift.offsetMinutes * 60, zone);
  const hours = zoneName.startsWith('GMT') ? Number(zoneName.slice(3)) : 0;
  return made(0, { name: zoneName, offsetSeconds: hours * 3600 });
}
