/** Small requests to the services of clouds, within bounds of time and size, with errors that name who was asked. */
import { isRecord, messageOf } from '../runtime/mod.ts';
import { CloudError } from './errors.ts';

const timeoutMs = 10_000;
const mostBytes = 1024 * 1024;

/** @param who is asked, for errors @throws CloudError `Unreachable`, `Unauthorized`, `Failed` */
export async function getText(url: string, init: RequestInit, who: string): Promise<string> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
    text = await bodyOf(response, who);
  } catch (cause) {
    if (cause instanceof CloudError) throw cause;
    const inner = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
    throw new CloudError('Unreachable', who, `${who} cannot be reached: ${messageOf(inner)}`, {
      cause,
    });
  }
  if (response.ok) return text;
  const message = `${who} answered ${response.status}: ${text.slice(0, 200)}`;
  throw new CloudError('Unauthorized', who, message);
}

async function bodyOf(response: Response, who: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > mostBytes) throw new CloudError('Failed', who, `${who} answered at great length`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** @throws CloudError as `getText` */
export async function getJson(
  url: string,
  init: RequestInit,
  who: string,
): Promise<Record<string, unknown>> {
  const value = parseObject(await getText(url, init, who));
  if (value !== undefined) return value;
  // What came may hold a secret: it is not shown.
  throw new CloudError('Failed', who, `${who} answered with no JSON object`);
}

/** Sends a form, takes JSON. @throws CloudError as `getText` */
export const postForm = (
  url: string,
  form: Readonly<Record<string, string>>,
  who: string,
): Promise<Record<string, unknown>> =>
  getJson(
    url,
    {
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams(form).toString(),
    },
    who,
  );

export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

/** A text that is there, and not ''. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
