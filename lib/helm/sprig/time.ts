/** Points in time and Go's layouts (`2006-01-02T15:04:05Z07:00`). */
import { quote } from '../template/mod.ts';
import type { TemplateFunction } from '../template/mod.ts';
import { GoInt, GoObject, GoPointer } from '../values/mod.ts';
import type { GoValue } from '../values/mod.ts';
import { fn, text } from './function.ts';
import { zoneAbbreviation } from './zone-names.ts';

const billion = 1_000_000_000n;

/** The beginning of the year 1. */
export const zeroNanos = -62_135_596_800n * billion;

const nowhere = new GoPointer('*time.Location', true);
const here = new GoPointer('*time.Location', false);

/** A zone of one offset only, which a parsed time brought with it. */
export interface FixedZone {
  /** May be empty. */
  name: string;
  offsetSeconds: number;
}

/** `time.Time`: nanoseconds since 1970, shown in a zone (an IANA name, or a fixed one). */
export class GoTime extends GoObject {
  readonly goType = 'time.Time';
  readonly unixNanos: bigint;
  readonly zone: string | FixedZone;

  constructor(unixNanos: bigint, zone: string | FixedZone) {
    super();
    this.unixNanos = unixNanos;
    this.zone = zone;
  }

  sprint(): string {
    return formatTime(this, '2006-01-02 15:04:05.999999999 -0700 MST');
  }

  /** What verbs such as `%d` print: the zero time is in no place, others are taken for local ones. */
  goPrivateFields(): readonly (readonly [string, GoValue])[] {
    const nanos = ((this.unixNanos % billion) + billion) % billion;
    return [
      ['wall', new GoInt('uint64', nanos)],
      ['ext', GoInt.int64(floorDivide(this.unixNanos - zeroNanos, billion))],
      ['loc', this.unixNanos === zeroNanos ? nowhere : here],
    ];
  }

  /** As `%#v` prints it. */
  goString(): string {
    const clock = clockOf(this);
    const month = `time.${months[clock.month] ?? ''}`;
    const name = typeof this.zone === 'string' ? this.zone : this.zone.name;
    const zone = name === 'UTC' ? 'time.UTC' : `time.Location(${quote(name)})`;
    const { year, day, hour, minute, second, nanos } = clock;
    return `time.Date(${[year, month, day, hour, minute, second, nanos, zone].join(', ')})`;
  }

  goMethod(name: string): TemplateFunction | undefined {
    return Object.hasOwn(timeMethods, name) ? timeMethods[name]?.(this) : undefined;
  }

  yamlText(): string {
    return this.toJsonValue();
  }

  toJsonValue(): string {
    return formatTime(this, '2006-01-02T15:04:05.999999999Z07:00');
  }
}

const part = (layout: string) => (time: GoTime) =>
  fn('', () => GoInt.int(Number(formatTime(time, layout))));

const unix = (unit: bigint) => (time: GoTime) =>
  fn('', () => GoInt.int64(floorDivide(time.unixNanos, unit)));

/** `time.Month` or `time.Weekday`: a number that prints as a name. */
class NamedNumber extends GoObject {
  readonly goType: string;
  readonly goKind = 'int';
  private readonly text: string;

  constructor(goType: string, text: string) {
    super();
    this.goType = goType;
    this.text = text;
  }

  sprint(): string {
    return this.text;
  }
}

/** Methods that templates may call. */
const timeMethods: Readonly<Record<string, (time: GoTime) => TemplateFunction>> = {
  Format: (time) => fn('string', ([layout]) => formatTime(time, text(layout))),
  String: (time) => fn('', () => time.sprint()),
  Year: part('2006'),
  Day: part('2'),
  Hour: part('15'),
  Minute: part('4'),
  Second: part('5'),
  YearDay: part('002'),
  Month: (time) => fn('', () => new NamedNumber('time.Month', formatTime(time, 'January'))),
  Weekday: (time) => fn('', () => new NamedNumber('time.Weekday', formatTime(time, 'Monday'))),
  Unix: unix(billion),
  UnixMilli: unix(1_000_000n),
  UnixMicro: unix(1000n),
  UnixNano: unix(1n),
  UTC: (time) => fn('', () => new GoTime(time.unixNanos, 'UTC')),
  IsZero: (time) => fn('', () => time.unixNanos === zeroNanos),
};

export const months =
  'January February March April May June July August September October November December'.split(
    ' ',
  );
export const days = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

/** The pieces of a layout, longest first where one begins with another. */
export const pieces =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|2006|-07:00:00|-07:00|-070000|-0700|-07|Z07:00:00|Z07:00|Z070000|Z0700|Z07|[.,]0+(?!\d)|[.,]9+(?!\d)|002|01|02|03|04|05|06|15|PM|pm|__2|_2(?!006)|1|2|3|4|5/g;

interface Clock {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  nanos: number;
  weekday: number;
  yearDay: number;
  offsetMinutes: number;
  zoneName: string;
}

/** True when the name is one that a time zone database knows. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

export function formatTime(time: GoTime, layout: string): string {
  const clock = clockOf(time);
  return layout.replaceAll(pieces, (piece) => formatPiece(piece, clock));
}

const latestMs = 8_640_000_000_000_000n - 86_400_000n;
const calendarMs = 146_097n * 86_400_000n;

function clockOf(time: GoTime): Clock {
  const exactMs = floorDivide(time.unixNanos, 1_000_000n);
  // JavaScript's dates end in the year 275760, Go's do not; the calendar comes again each 400 years.
  const isFar = exactMs > latestMs || exactMs < -latestMs;
  const cycles = isFar ? floorDivide(exactMs, calendarMs) : 0n;
  const ms = Number(exactMs - cycles * calendarMs);
  const { offsetMinutes, zoneName } = offsetOf(ms, time.zone);
  const local = new Date(ms + offsetMinutes * 60_000);
  const year = local.getUTCFullYear();
  const midnight = Date.UTC(year, local.getUTCMonth(), local.getUTCDate());
  return {
    year: year + Number(cycles) * 400,
    month: local.getUTCMonth(),
    day: local.getUTCDate(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
    nanos: Number(((time.unixNanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n),
    weekday: local.getUTCDay(),
    yearDay: Math.round((midnight - Date.UTC(year, 0, 1)) / 86_400_000) + 1,
    offsetMinutes,
    zoneName,
  };
}

export function offsetOf(
  ms: number,
  zone: string | FixedZone,
): { offsetMinutes: number; zoneName: string } {
  if (zone === 'UTC') return { offsetMinutes: 0, zoneName: 'UTC' };
  if (typeof zone !== 'string') {
    const offsetMinutes = Math.trunc(zone.offsetSeconds / 60);
    return { offsetMinutes, zoneName: zone.name || offsetText('-0700', offsetMinutes) };
  }
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    timeZoneName: 'longOffset',
  }).formatToParts(ms);
  const offset = /([-+])(\d\d):(\d\d)/.exec(
    parts.find((part) => part.type === 'timeZoneName')?.value ?? '',
  );
  const minutes = offset === null ? 0 : Number(offset[2]) * 60 + Number(offset[3]);
  const offsetMinutes = offset?.[1] === '-' ? -minutes : minutes;
  return { offsetMinutes, zoneName: zoneAbbreviation(zone, offsetMinutes) };
}

function formatPiece(piece: string, clock: Clock): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const twelve = clock.hour % 12 === 0 ? 12 : clock.hour % 12;
  switch (piece) {
    case 'January':
      return months[clock.month] ?? '';
    case 'Jan':
      return (months[clock.month] ?? '').slice(0, 3);
    case 'Monday':
      return days[clock.weekday] ?? '';
    case 'Mon':
      return (days[clock.weekday] ?? '').slice(0, 3);
    case 'MST':
      return clock.zoneName;
    case '2006':
      return String(clock.year).padStart(4, '0');
    case '06':
      return two(clock.year % 100);
    case '01':
      return two(clock.month + 1);
    case '1':
      return String(clock.month + 1);
    case '02':
      return two(clock.day);
    case '_2':
      return String(clock.day).padStart(2);
    case '2':
      return String(clock.day);
    case '002':
      return String(clock.yearDay).padStart(3, '0');
    case '__2':
      return String(clock.yearDay).padStart(3);
    case '15':
      return two(clock.hour);
    case '03':
      return two(twelve);
    case '3':
      return String(twelve);
    case '04':
      return two(clock.minute);
    case '4':
      return String(clock.minute);
    case '05':
      return two(clock.second);
    case '5':
      return String(clock.second);
    case 'PM':
      return clock.hour >= 12 ? 'PM' : 'AM';
    case 'pm':
      return clock.hour >= 12 ? 'pm' : 'am';
  }
  if (piece.startsWith('.') || piece.startsWith(',')) return fraction(piece, clock.nanos);
  return offsetText(piece, clock.offsetMinutes);
}

function fraction(piece: string, nanos: number): string {
  const digits = String(nanos)
    .padStart(9, '0')
    .slice(0, piece.length - 1);
  if (piece[1] === '0') return (piece[0] ?? '') + digits;
  const trimmed = digits.replace(/0+$/, '');
  return trimmed === '' ? '' : (piece[0] ?? '') + trimmed;
}

function offsetText(piece: string, minutes: number): string {
  if (piece.startsWith('Z') && minutes === 0) return 'Z';
  const hour = String(Math.floor(Math.abs(minutes) / 60)).padStart(2, '0');
  const minute = String(Math.abs(minutes) % 60).padStart(2, '0');
  const shape = piece.slice(1).replace('07', hour).replace('00', minute);
  return (minutes < 0 ? '-' : '+') + shape;
}

export function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}
