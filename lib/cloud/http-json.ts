/** Small requests to the services of clouds, within bounds of time and with errors that name who was asked. */
import { isRecord, messageOf } from '../runtime/mod.ts';
import { RegistryError } from './errors.ts';
import { parseJson } from './json.ts';

const timeoutMs = 10_000;

/** @param who is asked, for errors @throws RegistryError `RegistryUnreachable`, `Unauthorized` */
export async function getText(url: string, init: RequestInit, who: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
  } catch (cause) {
    const inner = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
    throw new RegistryError(
      'RegistryUnreachable',
      who,
      `${who} cannot be reached: ${messageOf(inner)}`,
      { cause },
    );
  }
  const text = await response.text();
  if (response.ok) return text;
  throw new RegistryError(
    'Unauthorized',
    who,
    `${who} answered ${response.status}: ${text.slice(0, 200)}`,
  );
}

/** @throws RegistryError as `getText`, `RegistryFailed` */
export async function getJson(
  url: string,
  init: RequestInit,
  who: string,
): Promise<Record<string, unknown>> {
  const value = parseJson(await getText(url, init, who));
  if (isRecord(value)) return value;
  // What came may hold a secret: it is not shown.
  throw new RegistryError('RegistryFailed', who, `${who} answered with no JSON object`);
}
