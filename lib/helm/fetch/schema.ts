/** Schemas that a chart's schema refers to by URL (helm 3.19 pkg/chartutil/jsonschema.go). */
import { STATUS_CODES } from 'node:http';
import { isRecord, messageOf } from '../../runtime/mod.ts';

const timeoutMs = 15_000;

/** A longer schema is refused; all of Kubernetes is a tenth of it. */
const mostBytes = 50 * 1024 * 1024;

/** @throws Error in Helm's words, as far as Node knows what went wrong */
export async function loadSchema(url: string): Promise<Uint8Array> {
  if (!/^https?:/.test(url)) throw new Error(`no URLLoader registered for ${JSON.stringify(url)}`);
  const failed = (cause: unknown) => {
    const inner = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
    return new Error(`HTTP request failed for ${url}: Get "${url}": ${reasonOf(inner)}`, { cause });
  };
  // Loaded here because few schemas refer to another by URL, and the client takes as long to load as a chart to render.
  const { fetchWith } = await import('./http.ts');
  const response = await fetchWith(
    url,
    { headers: { 'user-agent': 'Helm/3.19.0' }, signal: AbortSignal.timeout(timeoutMs) },
    undefined,
  ).catch((cause: unknown) => {
    throw failed(cause);
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    const { status } = response;
    throw new Error(
      `HTTP request to ${url} returned status ${status} (${STATUS_CODES[status] ?? ''})`,
    );
  }
  const body = await response.bytes().catch((cause: unknown) => {
    throw failed(cause);
  });
  if (body.length > mostBytes) throw new Error(`${url} has more than ${mostBytes} bytes`);
  return body;
}

function reasonOf(cause: unknown): string {
  const text = (key: string) => (isRecord(cause) ? String(cause[key]) : '');
  if (text('code') === 'ENOTFOUND') return `dial tcp: lookup ${text('hostname')}: no such host`;
  if (text('code') === 'ECONNREFUSED')
    return `dial tcp ${text('address')}:${text('port')}: connect: connection refused`;
  return messageOf(cause);
}
