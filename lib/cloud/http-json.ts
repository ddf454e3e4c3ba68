/** Small requests to the services of clouds, within bounds of time and size, with errors that name who was asked. */
import { isRecord, messageOf, readUpTo } from '../runtime/mod.ts';
import { CloudError } from './errors.ts';

const timeoutMs = 10_000;
const mostBytes = 1024 * 1024;

/** Whom a server of one's own is taken for, over TLS. */
export interface ServerTrust {
  /** Certificates in PEM, in place of the system's. */
  authorities?: readonly string[];
  /** In PEM. */
  client?: { certificate: string; key: string };
  /** In place of the address's. */
  serverName?: string;
  /** Its certificate is not looked at. */
  unchecked?: true;
}

export interface CloudQuestion {
  method?: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  redirect?: 'error';
  trust?: ServerTrust;
}

/**
 * @param who is asked, for errors
 * @param proxy asked through it
 * @throws CloudError `Unreachable`, `Unauthorized`, `Failed`
 */
export async function getText(
  url: string,
  { trust, ...init }: CloudQuestion,
  who: string,
  proxy?: string,
): Promise<string> {
  let response: Pick<Response, 'ok' | 'status'>;
  let text: string;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    if (proxy === undefined && trust === undefined) {
      const answer = await fetch(url, { ...init, signal });
      [response, text] = [answer, await bodyOf(answer.body, who)];
    } else {
      // Loaded when it is needed: it is large.
      const { createDispatcher, fetch: fetchVia } = await import('./proxy-client.ts');
      const dispatcher = createDispatcher({ proxy, tls: connectOptions(trust) });
      try {
        const answer = await fetchVia(url, { ...init, signal, dispatcher });
        [response, text] = [answer, await bodyOf(answer.body, who)];
      } finally {
        await dispatcher.destroy();
      }
    }
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

const connectOptions = ({ authorities, client, serverName, unchecked }: ServerTrust = {}) => ({
  ...(authorities === undefined ? {} : { ca: [...authorities] }),
  ...(client === undefined ? {} : { cert: client.certificate, key: client.key }),
  ...(serverName === undefined ? {} : { servername: serverName }),
  rejectUnauthorized: unchecked !== true,
});

async function bodyOf(body: AsyncIterable<Uint8Array> | null, who: string): Promise<string> {
  const content = await readUpTo(body, mostBytes);
  if (content !== undefined) return content.toString('utf8');
  throw new CloudError('Failed', who, `${who} answered at great length`);
}

/** @throws CloudError as `getText` */
export async function getJson(
  url: string,
  init: CloudQuestion,
  who: string,
  proxy?: string,
): Promise<Record<string, unknown>> {
  const value = parseObject(await getText(url, init, who, proxy));
  if (value !== undefined) return value;
  // What came may hold a secret: it is not shown.
  throw new CloudError('Failed', who, `${who} answered with no JSON object`);
}

/** Sends a form, takes JSON. @throws CloudError as `getText` */
export const postForm = (
  url: string,
  form: Readonly<Record<string, string>>,
  who: string,
  proxy?: string,
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
    proxy,
  );

/** Sends and takes JSON. @throws CloudError as `getText` */
export const postJson = (
  url: string,
  body: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>>,
  who: string,
  proxy?: string,
): Promise<Record<string, unknown>> =>
  getJson(
    url,
    {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      // A token goes nowhere else.
      redirect: 'error',
    },
    who,
    proxy,
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
