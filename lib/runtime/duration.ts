/** Go durations (`1h30m`, `20s`, `500ms`): the syntax of every time flag. */
import { Fault } from './fault.ts';

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Parses a Go duration.
 *
 * @returns milliseconds; may be fractional or negative
 * @throws Fault `InvalidDuration`
 * @see Go package time, ParseDuration
 */
export function parseDurationMs(text: string): number {
  const invalid = () =>
    new Fault('InvalidDuration', 'stall', text, `time: invalid duration ${JSON.stringify(text)}`);
  const sign = text.startsWith('-') ? -1 : 1;
  const body = text.replace(/^[-+]/, '');
  if (body === '0') return 0;
  if (body === '') throw invalid();
  let total = 0;
  let rest = body;
  while (rest !== '') {
    const part = /^(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/.exec(rest);
    const unit = unitMs[part?.[2] ?? ''];
    if (part === null || unit === undefined) throw invalid();
    total += Number(part[1]) * unit;
    rest = rest.slice(part[0].length);
  }
  return sign * total;
}

/**
 * Prints milliseconds as Go's `Duration.String` does: `1h0m0s`, `1.5s`, `250ms`, `0s`.
 *
 * Resolution is one nanosecond.
 */
export function formatDuration(ms: number): string {
  const totalNs = Math.round(Math.abs(ms) * 1e6);
  if (totalNs === 0) return '0s';
  const sign = ms < 0 ? '-' : '';
  const decimal = (ns: number, perUnit: number) => String(Number((ns / perUnit).toPrecision(15)));
  if (totalNs < 1e3) return `${sign}${totalNs}ns`;
  if (totalNs < 1e6) return `${sign}${decimal(totalNs, 1e3)}µs`;
  if (totalNs < 1e9) return `${sign}${decimal(totalNs, 1e6)}ms`;
  const hours = Math.floor(totalNs / 3.6e12);
  const minutes = Math.floor((totalNs % 3.6e12) / 6e10);
  const seconds = decimal(totalNs % 6e10, 1e9);
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}s`;
  if (minutes > 0) return `${sign}${minutes}m${seconds}s`;
  return `${sign}${seconds}s`;
}
