/** Dates and durations. The present time and the local zone are handed in. */
import { GoInt } from '../values/mod.ts';
import type { GoValue } from '../values/mod.ts';
import { formatDuration, parseDuration, readDuration } from './duration.ts';
import { SprigError } from './errors.ts';
import { any, fn, text } from './function.ts';
import type { SprigFunction, SprigFunctions } from './function.ts';
import { parseInt64 } from './numbers.ts';
import { parseTime } from './parse-time.ts';
import { floorDivide, formatTime, GoTime, isZone, zeroNanos } from './time.ts';

export interface DateCapabilities {
  /** Milliseconds since 1970. */
  now: () => number;
  /** IANA name of the zone that Go would call Local. */
  localZone: string;
}

const second = 1_000_000_000n;
const longest = 2n ** 63n - 1n;
/** Go's zero time, which `toDate` gives for what it cannot read. */
const zeroTime = new GoTime(zeroNanos, 'UTC');

export function dateFunctions(capabilities: DateCapabilities): SprigFunctions {
  const { now } = capabilities;
  const present = (): GoTime => new GoTime(BigInt(now()) * 1_000_000n, capabilities.localZone);
  /** No duration is longer than 292 years. */
  const since = (time: GoTime): bigint => {
    const age = present().unixNanos - time.unixNanos;
    return age > longest ? longest : age < -longest ? -longest - 1n : age;
  };
  const timeOf = (value: GoValue): GoTime => {
    if (value instanceof GoTime) return value;
    const isSeconds = value instanceof GoInt && ['int', 'int64', 'int32'].includes(value.kind);
    return isSeconds ? new GoTime(value.value * second, capabilities.localZone) : present();
  };
  const inZone = (layout: string, value: GoValue, zone: string): string => {
    const name =
      zone === 'Local' ? capabilities.localZone : zone === '' || !isZone(zone) ? 'UTC' : zone;
    return formatTime(new GoTime(timeOf(value).unixNanos, name), layout);
  };
  const dateInZone = fn('string any string', ([layout, date, zone]) =>
    inZone(text(layout), any(date), text(zone)),
  );
  const modify = (strict: boolean): SprigFunction =>
    fn('string time', ([by, date]) => {
      const time = timeOf(any(date));
      const nanos = readDuration(text(by));
      if (typeof nanos === 'string' && strict) {
        throw new SprigError(nanos);
      }
      return new GoTime(time.unixNanos + (typeof nanos === 'bigint' ? nanos : 0n), time.zone);
    });
  const dateModify = modify(false);
  const mustDateModify = modify(true);
  return {
    now: fn('', present),
    date: fn('string any', ([layout, date]) => inZone(text(layout), any(date), 'Local')),
    dateInZone,
    date_in_zone: dateInZone,
    htmlDate: fn('any', ([date]) => inZone('2006-01-02', any(date), 'Local')),
    htmlDateInZone: fn('any string', ([date, zone]) => inZone('2006-01-02', any(date), text(zone))),
    dateModify,
    date_modify: dateModify,
    mustDateModify,
    must_date_modify: mustDateModify,
    toDate: fn('string string', ([layout, s]) => {
      const time = parseTime(text(layout), text(s), capabilities.localZone);
      return typeof time === 'string' ? zeroTime : time;
    }),
    mustToDate: fn('string string', ([layout, s]) => {
      const time = parseTime(text(layout), text(s), capabilities.localZone);
      if (typeof time !== 'string') return time;
      throw new SprigError(time);
    }),
    unixEpoch: fn('time', ([date]) => String(floorDivide(timeOf(any(date)).unixNanos, second))),
    ago: fn('any', ([date]) => {
      const rounded = floorDivide(since(timeOf(any(date))) + second / 2n, second) * second;
      return formatDuration(rounded > longest ? longest : rounded);
    }),
    duration: fn('any', ([value]) => {
      const given = any(value);
      if (typeof given === 'string') return formatDuration((parseInt64(given, 10) ?? 0n) * second);
      const seconds = given instanceof GoInt && given.kind === 'int64' ? given.value : 0n;
      return formatDuration(BigInt.asIntN(64, seconds * second));
    }),
    durationRound: fn('any', ([value]) => {
      const given = any(value);
      if (typeof given === 'string') return roundDuration(parseDuration(given) ?? 0n);
      if (given instanceof GoTime) return roundDuration(since(given));
      return roundDuration(given instanceof GoInt && given.kind === 'int64' ? given.value : 0n);
    }),
  };
}

const steps: readonly (readonly [string, bigint])[] = [
  ['y', 365n * 86_400n * second],
  ['mo', 30n * 86_400n * second],
  ['d', 86_400n * second],
  ['h', 3_600n * second],
  ['m', 60n * second],
  ['s', second],
];

function roundDuration(nanos: bigint): string {
  const size = nanos < 0n ? -nanos : nanos;
  for (const [name, unit] of steps) if (size > unit) return `${size / unit}${name}`;
  return '0s';
}
