/** One record a line on stderr, in the two formats of Flux v1 (spec flux-v1 §10.3, helm-operator §9). */
import winston from 'winston';

/** Keys in the order in which they are printed. `undefined` values are left out. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Writes records of keys and values; there is no level, the key says what it is (`info`, `warning`, `err`).
 *
 * `ts` and `caller` come first, then the fields given to `with`, then those of the record.
 */
export interface Logger {
  log(fields: LogFields): void;
  with(fields: LogFields): Logger;
}

export type LogFormat = 'fmt' | 'json';

export interface LoggerOptions {
  /** Anything but `json` is `fmt`, as in the originals. */
  format: string;
  stream: NodeJS.WritableStream;
  now: () => Date;
}

export function createLogger(options: LoggerOptions): Logger {
  const print = options.format === 'json' ? jsonLine : logfmtLine;
  const sink = winston.createLogger({
    level: 'info',
    format: winston.format.printf((info) => String(info.message)),
    transports: [new winston.transports.Stream({ stream: options.stream })],
  });
  const at = (bound: LogFields): Logger => ({
    log: (fields) => {
      const record = { ts: timestamp(options.now()), caller: callSite(), ...bound, ...fields };
      sink.info(print(record));
    },
    with: (fields) => at({ ...bound, ...fields }),
  });
  return at({});
}

/** A logger that keeps its records, for tests and for replaying. */
export function memoryLogger(): Logger & { readonly records: LogFields[] } {
  const records: LogFields[] = [];
  const at = (bound: LogFields): Logger => ({
    log: (fields) => {
      records.push({ ...bound, ...fields });
    },
    with: (fields) => at({ ...bound, ...fields }),
  });
  return { ...at({}), records };
}

/** RFC 3339 with nine decimals, as Go's RFC3339Nano prints (trailing zeros kept apart from Go: always nine). */
function timestamp(now: Date): string {
  return now.toISOString().replace('Z', '000000Z');
}

/** `file.ts:line` of the code that called `log`. */
function callSite(): string {
  const frame = new Error().stack?.split('\n')[3] ?? '';
  const found = /([^/\\(]+):(\d+):\d+\)?$/.exec(frame);
  return found === null ? 'unknown:0' : `${found[1]}:${found[2]}`;
}

function jsonLine(record: LogFields): string {
  return JSON.stringify(record, (_key, value: unknown) =>
    value instanceof Error ? value.message : typeof value === 'bigint' ? String(value) : value,
  );
}

function logfmtLine(record: LogFields): string {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(record)) {
    if (value !== undefined) parts.push(`${key}=${logfmtValue(value)}`);
  }
  return parts.join(' ');
}

function logfmtValue(value: unknown): string {
  if (value === null) return 'null';
  const text =
    typeof value === 'string'
      ? value
      : value instanceof Error
        ? value.message
        : value instanceof Date
          ? value.toISOString()
          : typeof value === 'object'
            ? JSON.stringify(value)
            : String(value);
  return /[\s"=\u0000-\u001f\u007f]/.test(text) ? JSON.stringify(text) : text;
}
