/** `time.Duration` as text and back; nanoseconds as bigint. */
import { quote } from '../template/mod.ts';

const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const longest = 2n ** 63n;

/** @returns nanoseconds, or Go's message about what is wrong (time.ParseDuration) */
export function readDuration(text: string): bigint | string {
  const named = `in duration ${quote(text)}`;
  const invalid = `time: invalid duration ${quote(text)}`;
  const isNegative = text.startsWith('-');
  let rest = text.replace(/^[-+]/, '');
  if (rest === '0') return 0n;
  if (rest === '') return invalid;
  let total = 0n;
  while (rest !== '') {
    const [number = '', whole = '', fraction = ''] = /^(\d*)(?:\.(\d*))?/.exec(rest) ?? [];
    if (whole === '' && fraction === '') return invalid;
    rest = rest.slice(number.length);
    const name = /^[^.0-9]*/.exec(rest)?.[0] ?? '';
    if (name === '') return `time: missing unit ${named}`;
    const unit = units[name];
    if (unit === undefined) return `time: unknown unit ${quote(name)} ${named}`;
    rest = rest.slice(name.length);
    total += BigInt(`0${whole}`) * unit;
    total += (BigInt(`0${fraction}`) * unit) / 10n ** BigInt(fraction.length);
    if (total > longest) return invalid;
  }
  if (isNegative) return -total;
  return total < longest ? total : invalid;
}

/** `undefined` for a text that is no duration. */
export function parseDuration(text: string): bigint | undefined {
  const read = readDuration(text);
  return typeof read === 'bigint' ? read : undefined;
}

export function formatDuration(nanos: bigint): string {
  if (nanos === 0n) return '0s';
  const size = nanos < 0n ? -nanos : nanos;
  const sign = nanos < 0n ? '-' : '';
  if (size < 1_000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 1_000n)}µs`;
  if (size < 1_000_000_000n) return `${sign}${decimal(size, 1_000_000n)}ms`;
  const hours = size / 3_600_000_000_000n;
  const minutes = (size / 60_000_000_000n) % 60n;
  const seconds = `${decimal(size % 60_000_000_000n, 1_000_000_000n)}s`;
  if (hours > 0n) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0n ? `${sign}${minutes}m${seconds}` : sign + seconds;
}

function decimal(value: bigint, unit: bigint): string {
  const width = unit.toString().length - 1;
  const fraction = (value % unit).toString().padStart(width, '0').replace(/0+$/, '');
  return fraction === '' ? String(value / unit) : `${value / unit}.${fraction}`;
}
