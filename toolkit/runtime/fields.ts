/** Reading fields of objects that others wrote: what has another type counts as not given. */
import { isRecord, parseDurationMs } from '../../lib/runtime/mod.ts';

/** A map of JSON; every reader answers `undefined` for what is absent or of another type. */
export class Fields {
  readonly value: Readonly<Record<string, unknown>>;

  constructor(value: unknown) {
    this.value = isRecord(value) ? value : {};
  }

  has(key: string): boolean {
    return this.value[key] !== undefined && this.value[key] !== null;
  }

  /** A text that is not empty. */
  text(key: string): string | undefined {
    const value = this.value[key];
    return typeof value === 'string' && value !== '' ? value : undefined;
  }

  flag(key: string): boolean | undefined {
    const value = this.value[key];
    return typeof value === 'boolean' ? value : undefined;
  }

  /** A whole number. */
  count(key: string): number | undefined {
    const value = this.value[key];
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
  }

  /** A Go duration, in milliseconds. The API server has checked its form. */
  durationMs(key: string): number | undefined {
    const text = this.text(key);
    return text === undefined ? undefined : parseDurationMs(text);
  }

  at(key: string): Fields {
    return new Fields(this.value[key]);
  }

  list(key: string): unknown[] {
    const value = this.value[key];
    return Array.isArray(value) ? value : [];
  }

  /** The maps of a list. */
  each(key: string): Fields[] {
    return this.list(key).map((item) => new Fields(item));
  }

  texts(key: string): string[] {
    return this.list(key).filter((item) => typeof item === 'string');
  }

  /** A map of texts. */
  textMap(key: string): Record<string, string> {
    return Object.fromEntries(
      Object.entries(this.at(key).value).flatMap(([name, text]) =>
        typeof text === 'string' ? [[name, text]] : [],
      ),
    );
  }
}
