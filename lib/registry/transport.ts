/** Requests to one registry after another: TLS or not, token or Basic, limits in the registry's own words. */
import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import { messageOf } from '../runtime/mod.ts';
import { RegistryError } from './errors.ts';
import type { Keychain, RegistryCredentials } from './types.ts';

export interface RegistryRequest {
  /** Host with port, as the image name has it (canonical: `index.docker.io`). */
  host: string;
  /** Path of the repository, for the token's scope and for messages. */
  repository: string;
  method: 'GET' | 'HEAD';
  /** Below `/v2/`, or a whole path that begins with `/`. */
  path: string;
  accept?: string;
  keychain: Keychain;
  signal?: AbortSignal | undefined;
}

export interface RegistryResponse {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Buffer;
}

export interface RegistryTransport {
  /** Answers below 400, and 404. @throws RegistryError */
  send(request: RegistryRequest): Promise<RegistryResponse>;
  close(): Promise<void>;
}

export interface TransportOptions {
  /** Hosts (with or without port) whose certificate is not checked and which may speak plain HTTP. */
  insecureHosts?: readonly string[];
  /** Limit of one request, in milliseconds, default 60 000. */
  timeoutMs?: number;
}

const largestBody = 16 * 1024 * 1024;

/** Docker Hub's images have one name and its API another. */
const apiHost = (host: string): string =>
  host === 'index.docker.io' || host === 'docker.io' ? 'registry-1.docker.io' : host;

export function createTransport(options: TransportOptions = {}): RegistryTransport {
  const agent = new Agent({ connections: 16, keepAliveTimeout: 30_000 });
  const lax = new Agent({
    connections: 16,
    keepAliveTimeout: 30_000,
    connect: { rejectUnauthorized: false },
  });
  const insecure = new Set(options.insecureHosts ?? []);
  const isInsecure = (host: string) =>
    insecure.has(host) || insecure.has(host.replace(/:\d+$/, ''));
  /** Insecure hosts that turned out to speak plain HTTP. */
  const plain = new Set<string>();
  /** Authorization by host and repository. */
  const authorizations = new Map<string, string>();

  const fetchOnce = async (
    host: string,
    path: string,
    init: { method: 'GET' | 'HEAD'; headers: Record<string, string>; signal: AbortSignal },
  ): Promise<Dispatcher.ResponseData> => {
    const address = apiHost(host);
    const dispatcher = isInsecure(host) ? lax : agent;
    if (plain.has(host)) return request(`http://${address}${path}`, { ...init, dispatcher });
    try {
      return await request(`https://${address}${path}`, { ...init, dispatcher });
    } catch (thrown) {
      if (!isInsecure(host) || init.signal.aborted) throw thrown;
      const response = await request(`http://${address}${path}`, { ...init, dispatcher });
      plain.add(host);
      return response;
    }
  };

  const authorize = async (
    challenge: string,
    { host, repository, keychain, signal }: RegistryRequest,
  ): Promise<string | undefined> => {
    const credentials = await keychain(host);
    const basic = credentials === undefined ? undefined : basicHeader(credentials);
    if (/^basic/i.test(challenge)) return basic;
    const parameters = new Map(
      [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
    );
    const realm = parameters.get('realm');
    if (realm === undefined) return undefined;
    const url = new URL(realm);
    const service = parameters.get('service');
    if (service !== undefined) url.searchParams.set('service', service);
    url.searchParams.set('scope', `repository:${repository}:pull`);
    const { statusCode, body } = await request(url, {
      dispatcher: isInsecure(host) ? lax : agent,
      headers: basic === undefined ? {} : { authorization: basic },
      signal: signal ?? AbortSignal.timeout(options.timeoutMs ?? 60_000),
    });
    if (statusCode !== 200) {
      await body.dump();
      return undefined;
    }
    const answer = (await body.json()) as { token?: string; access_token?: string };
    const token = answer.token ?? answer.access_token;
    return token === undefined ? undefined : `Bearer ${token}`;
  };

  return {
    send: async (call) => {
      const { host, repository, method, path } = call;
      const subject = `${host}/${repository}`;
      const limit = AbortSignal.timeout(options.timeoutMs ?? 60_000);
      const signal = call.signal === undefined ? limit : AbortSignal.any([call.signal, limit]);
      const full = path.startsWith('/') ? path : `/v2/${path}`;
      const key = `${host}/${repository}`;
      for (let challenged = false; ;) {
        const authorization = authorizations.get(key);
        const headers = {
          ...(call.accept === undefined ? {} : { accept: call.accept }),
          ...(authorization === undefined ? {} : { authorization }),
        };
        let response: Dispatcher.ResponseData;
        try {
          response = await fetchOnce(host, full, { method, headers, signal });
        } catch (thrown) {
          call.signal?.throwIfAborted();
          throw new RegistryError(
            'RegistryUnreachable',
            subject,
            `${method} ${subject}: the registry cannot be reached: ${messageOf(thrown)}`,
            {
              cause: thrown,
            },
          );
        }
        const { statusCode: status } = response;
        if (status === 401 && !challenged) {
          challenged = true;
          await response.body.dump();
          const next = await authorize(String(response.headers['www-authenticate'] ?? ''), call);
          if (next !== undefined) {
            authorizations.set(key, next);
            continue;
          }
          authorizations.delete(key);
        }
        const body = await readBody(response, subject);
        if (status < 400 || status === 404) return { status, headers: response.headers, body };
        throw refusal(status, response.headers, body, subject, method);
      }
    },
    close: async () => {
      await Promise.all([agent.destroy(), lax.destroy()]);
    },
  };
}

const basicHeader = ({ username, password }: RegistryCredentials): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

async function readBody(response: Dispatcher.ResponseData, subject: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += (chunk as Buffer).length;
    if (size > largestBody)
      throw new RegistryError(
        'RegistryFailed',
        subject,
        `${subject}: the answer is larger than ${largestBody} bytes`,
      );
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function refusal(
  status: number,
  headers: RegistryResponse['headers'],
  body: Buffer,
  subject: string,
  method: string,
): RegistryError {
  const text = body.toString('utf8').slice(0, 500);
  const message = `${method} ${subject}: the registry answered ${status}: ${errorText(text)}`;
  if (status === 429 || /toomanyrequests/i.test(text)) {
    const seconds = Number(headers['retry-after'] ?? Number.NaN);
    return new RegistryError('RateLimited', subject, message, {
      retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : 60_000,
    });
  }
  if (status === 401 || status === 403) return new RegistryError('Unauthorized', subject, message);
  return new RegistryError('RegistryFailed', subject, message);
}

/** The messages of the distribution specification's error body. */
function errorText(text: string): string {
  try {
    const { errors } = JSON.parse(text) as { errors?: { code?: string; message?: string }[] };
    return (
      errors?.map(({ code, message }) => `${code ?? ''} ${message ?? ''}`.trim()).join('; ') ?? text
    );
  } catch {
    // A proxy's page.
    return text;
  }
}
