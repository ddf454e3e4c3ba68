/** JSON of registries: unknown until it was looked at. */
import { isRecord } from '../runtime/mod.ts';

/** @returns `undefined` for text that is no JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's page; the caller says what it had expected.
    return undefined;
  }
}

export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

/** The members that are text. */
export function textsOf(value: unknown): Record<string, string> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) =>
      typeof member === 'string' ? [[key, member] as const] : [],
    ),
  );
}
