/** Cron schedules of five fields, in UTC. Pure. */

const macros: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const names = {
  month: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  day: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
};
const minuteMs = 60_000;
/** A schedule such as the 29th of February comes round within this many days. */
const horizonDays = 366 * 5;

/** The first moment after `after` that a schedule names; undefined when there is none or it cannot be read. */
export function nextRun(schedule: string, after: Date): Date | undefined {
  const fields = (macros[schedule.trim()] ?? schedule).trim().split(/\s+/);
  if (fields.length !== 5) return undefined;
  const [minute = '', hour = '', date = '', month = '', weekday = ''] = fields;
  const minutes = expand(minute, 0, 59);
  const hours = expand(hour, 0, 23);
  const dates = expand(date, 1, 31);
  const months = expand(month, 1, 12, names.month);
  const weekdays = expand(weekday, 0, 7, names.day);
  if (!minutes || !hours || !dates || !months || !weekdays) return undefined;
  if (weekdays.has(7)) weekdays.add(0);
  const first = new Date(Math.floor(after.getTime() / minuteMs) * minuteMs + minuteMs);
  const day = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), first.getUTCDate()));
  for (let i = 0; i < horizonDays; i++, day.setUTCDate(day.getUTCDate() + 1)) {
    const onDate = dates.has(day.getUTCDate());
    const onWeekday = weekdays.has(day.getUTCDay());
    // When both are restricted, either is enough: cron's own rule.
    const fits = isStar(date) || isStar(weekday) ? onDate && onWeekday : onDate || onWeekday;
    if (!fits || !months.has(day.getUTCMonth() + 1)) continue;
    for (const h of [...hours].sort((a, b) => a - b)) {
      for (const m of [...minutes].sort((a, b) => a - b)) {
        const at = new Date(day.getTime() + (h * 60 + m) * minuteMs);
        if (at >= first) return at;
      }
    }
  }
  return undefined;
}

function isStar(field: string): boolean {
  return field.startsWith('*') || field === '?';
}

function expand(
  field: string,
  min: number,
  max: number,
  words: readonly string[] = [],
): Set<number> | undefined {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const match = /^(\*|\?|[a-z0-9]+(?:-[a-z0-9]+)?)(?:\/(\d+))?$/i.exec(part);
    if (match === null) return undefined;
    const [, range = '', step] = match;
    const [from = '', to] = range.split('-');
    const start = range === '*' || range === '?' ? min : numberOf(from, min, words);
    const open = range === '*' || range === '?' || (to === undefined && step !== undefined);
    const end = open ? max : to === undefined ? start : numberOf(to, min, words);
    const by = step === undefined ? 1 : Number.parseInt(step, 10);
    if (start === undefined || end === undefined || start < min || end > max || by < 1)
      return undefined;
    for (let value = start; value <= end; value += by) values.add(value);
  }
  return values;
}

function numberOf(text: string, min: number, words: readonly string[]): number | undefined {
  const word = words.indexOf(text.toLowerCase());
  if (word >= 0) return word + min;
  return /^\d+$/.test(text) ? Number.parseInt(text, 10) : undefined;
}
