/** Spans of time as Kubernetes shows them: `42s`, `3m5s`, `7h12m`, `2d4h` (k8s.io/apimachinery util/duration). Pure. */

const [second, minute, hour, day, year] = [1, 60, 3600, 86_400, 86_400 * 365];

/** @param ms less than nothing counts as a clock that is wrong */
export function shortSpan(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  const whole = (unit: number) => Math.floor(seconds / unit);
  const two = (unit: number, [first, rest]: readonly [string, string], below: number) => {
    const left = Math.floor((seconds % unit) / below);
    return `${whole(unit)}${first}${left === 0 ? '' : `${left}${rest}`}`;
  };
  if (seconds < 2 * minute) return `${whole(second)}s`;
  if (seconds < 10 * minute) return two(minute, ['m', 's'], second);
  if (seconds < 3 * hour) return `${whole(minute)}m`;
  if (seconds < 8 * hour) return two(hour, ['h', 'm'], minute);
  if (seconds < 2 * day) return `${whole(hour)}h`;
  if (seconds < 8 * day) return two(day, ['d', 'h'], hour);
  if (seconds < 2 * year) return `${whole(day)}d`;
  if (seconds < 8 * year) return two(year, ['y', 'd'], day);
  return `${whole(year)}y`;
}

/** How long ago a time was; one that cannot be read is unknown. */
export function age(time: string, now: Date): string {
  const then = Date.parse(time);
  return Number.isNaN(then) ? '<unknown>' : shortSpan(now.getTime() - then);
}
