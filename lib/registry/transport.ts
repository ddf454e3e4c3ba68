/** Requests to one registry after another: TLS or not, token or Basic, redirects, limits in the registry's own words. */
import { request } from 'undici';
import type { Dispatcher } from 'undici';
import { createDispatcher } from '../http/mod.ts';
import { messageOf } from '../runtime/mod.ts';
import type { Clock } from '../runtime/mod.ts';
import { readBody, refusal } from './answers.ts';
import type { Headers } from './answers.ts';
import { answerChallenge } from './auth.ts';
import { RegistryError } from './errors.ts';
import { createLimiter } from './limiter.ts';
import type { Keychain } from './types.ts';

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
  headers: Headers;
  body: Buffer;
}

export interface RegistryTransport {
  /** Answers below 400, and 404. @throws RegistryError */
  send(request: RegistryRequest): Promise<RegistryResponse>;
  /** A repository was read without complaint; a slowed host may get faster again. */
  noteSuccess(host: string): void;
  close(): Promise<void>;
}

export interface TransportOptions {
  /** Hosts (with or without port) whose certificate is not checked and which may speak plain HTTP. */
  insecureHosts?: readonly string[];
  /** Limit of one request, in milliseconds, default 60 000. */
  timeoutMs?: number;
  /** Per host; 0, the default, sets no limit. A 429 halves it for a while. */
  requestsPerSecond?: number;
  /** Requests that may go at once under a limit, default 10. */
  burst?: number;
  /** Certificates in PEM: whom to trust besides, and who we are. */
  tls?: { ca?: string; cert?: string; key?: string };
  /** `http://user:password@host:port`. */
  proxy?: string;
  /** Told of each answer to a request for an image. */
  onAnswer?: (answer: { method: string; url: string; status: number; tookMs: number }) => void;
}

const mostRedirects = 5;

/** Docker Hub's images have one name and its API another. */
const apiHost = (host: string): string =>
  host === 'index.docker.io' || host === 'docker.io' ? 'registry-1.docker.io' : host;

type Init = { method: 'GET' | 'HEAD'; headers: Record<string, string>; signal: AbortSignal };

interface Reached {
  response: Dispatcher.ResponseData;
  /** By a server other than the registry: a blob store, whose refusals are no challenge. */
  redirected: boolean;
}

function createAgent(
  { tls, proxy }: TransportOptions,
  more: { rejectUnauthorized?: boolean },
): Dispatcher {
  const base = { connections: 16, keepAliveTimeout: 30_000 };
  return createDispatcher({ ...base, proxy, tls: { ...tls, ...more } });
}

export function createTransport(options: TransportOptions & { clock: Clock }): RegistryTransport {
  const { clock, timeoutMs = 60_000 } = options;
  const agent = createAgent(options, {});
  const lax = createAgent(options, { rejectUnauthorized: false });
  const limiter = createLimiter(options);
  const insecure = new Set(options.insecureHosts ?? []);
  const isInsecure = (host: string) =>
    insecure.has(host) || insecure.has(host.replace(/:\d+$/, ''));
  const dispatcherOf = (host: string) => (isInsecure(host) ? lax : agent);
  /** Insecure hosts that turned out to speak plain HTTP. */
  const plain = new Set<string>();
  /** By keychain, so that nobody reads with another's token; then by host and repository. */
  const authorizations = new WeakMap<Keychain, Map<string, string>>();

  const fetchOnce = async (host: string, path: string, init: Init) => {
    const address = apiHost(host);
    const dispatcher = dispatcherOf(host);
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

  /** Registries keep blobs elsewhere (Docker Hub, ECR, GCR); the authorization stays with the registry. */
  const follow = async (host: string, path: string, init: Init): Promise<Reached> => {
    let response = await fetchOnce(host, path, init);
    const scheme = plain.has(host) ? 'http' : 'https';
    const first = new URL(`${scheme}://${apiHost(host)}${path}`);
    let at = first;
    for (let hops = 0; isRedirect(response.statusCode); hops += 1) {
      await response.body.dump();
      const target = String(response.headers.location ?? '');
      if (hops >= mostRedirects) throw new Error(`more than ${mostRedirects} redirects`);
      if (!URL.canParse(target, at.href)) throw new Error('redirected to no URL');
      at = new URL(target, at);
      if (at.protocol !== 'https:' && !isInsecure(at.host) && first.protocol === 'https:')
        throw new Error(`redirected to ${at.host} without encryption`);
      const { authorization: _ours, ...headers } = init.headers;
      response = await request(at, {
        ...init,
        headers: at.origin === first.origin ? init.headers : headers,
        dispatcher: dispatcherOf(at.host),
      });
    }
    return { response, redirected: at.origin !== first.origin };
  };

  return {
    send: async (call) => {
      const { host, repository, method, path, keychain } = call;
      const subject = `${host}/${repository}`;
      const limit = AbortSignal.timeout(timeoutMs);
      const signal = call.signal === undefined ? limit : AbortSignal.any([call.signal, limit]);
      const full = path.startsWith('/') ? path : `/v2/${path}`;
      const known = authorizations.get(keychain) ?? new Map<string, string>();
      authorizations.set(keychain, known);
      const unreachable = (thrown: unknown) => {
        call.signal?.throwIfAborted();
        return new RegistryError(
          'RegistryUnreachable',
          subject,
          `${method} ${subject}: the registry cannot be reached: ${messageOf(thrown)}`,
          { cause: thrown },
        );
      };
      for (let challenged = false; ;) {
        await limiter.take(host, call.signal);
        const authorization = known.get(subject);
        const headers = {
          ...(call.accept === undefined ? {} : { accept: call.accept }),
          ...(authorization === undefined ? {} : { authorization }),
        };
        const began = clock.now().getTime();
        const { response, redirected } = await follow(host, full, {
          method,
          headers,
          signal,
        }).catch((thrown: unknown) => {
          throw unreachable(thrown);
        });
        const { statusCode: status } = response;
        const tookMs = clock.now().getTime() - began;
        options.onAnswer?.({ method, url: `${host}${full}`, status, tookMs });
        if (status === 401 && !challenged && !redirected) {
          challenged = true;
          await response.body.dump();
          const challenge = String(response.headers['www-authenticate'] ?? '');
          const credentials = await keychain(host);
          const dispatcher = dispatcherOf(host);
          const next = await answerChallenge({
            challenge,
            repository,
            credentials,
            dispatcher,
            signal,
          }).catch((thrown: unknown) => {
            throw unreachable(thrown);
          });
          if (next !== undefined) {
            known.set(subject, next);
            continue;
          }
          known.delete(subject);
          throw refusal({
            status,
            headers: response.headers,
            body: Buffer.from(
              credentials === undefined
                ? 'it asks for credentials, and there are none for it'
                : `it does not accept the credentials of ${credentials.origin}`,
            ),
            subject,
            method,
            now: clock.now(),
          });
        }
        const body = await readBody(response, subject);
        if (status < 400 || status === 404) return { status, headers: response.headers, body };
        if (status === 429) limiter.slowDown(host);
        throw refusal({
          status,
          headers: response.headers,
          body,
          subject,
          method,
          now: clock.now(),
        });
      }
    },
    noteSuccess: (host) => {
      limiter.speedUp(host);
    },
    close: async () => {
      await Promise.all([agent.destroy(), lax.destroy()]);
    },
  };
}

const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);
