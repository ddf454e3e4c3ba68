/** What stands before the registry's routes when asked for: tokens, and a limit of requests as Docker Hub has it. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../lib/runtime/mod.ts';

export interface GateOptions {
  clock: Clock;
  /** Asks for a bearer token; with credentials the token asks for them, else anybody may pull. */
  auth?: { credentials?: { username: string; password: string } };
  /** Manifest reads by GET allowed in a window. */
  rateLimit?: { requests: number; windowSeconds: number };
}

/** @returns true when the request was answered here */
export type Gate = (request: IncomingMessage, response: ServerResponse) => boolean;

export function createGate({ clock, auth, rateLimit }: GateOptions): Gate {
  const tokens = new Set<string>();
  let used: number[] = [];
  return (request, response) => {
    const url = new URL(request.url ?? '/', 'http://registry');
    if (auth !== undefined) {
      if (url.pathname === '/token') {
        const want = auth.credentials;
        const basic =
          want === undefined
            ? undefined
            : `Basic ${Buffer.from(`${want.username}:${want.password}`).toString('base64')}`;
        if (basic !== undefined && request.headers.authorization !== basic) {
          refuse(response, 401, 'UNAUTHORIZED', 'incorrect username or password');
          return true;
        }
        const token = randomBytes(16).toString('hex');
        tokens.add(token);
        send(response, 200, {
          token,
          access_token: token,
          expires_in: 300,
          issued_at: clock.now().toISOString(),
        });
        return true;
      }
      const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
      if (token === undefined || !tokens.has(token)) {
        const scope = /^\/v2\/(.+)\/(manifests|blobs|tags)\//.exec(url.pathname)?.[1];
        const scheme = 'encrypted' in request.socket ? 'https' : 'http';
        const realm = `${scheme}://${request.headers.host ?? ''}/token`;
        response.setHeader(
          'www-authenticate',
          `Bearer realm="${realm}",service="sandbox"${scope === undefined ? '' : `,scope="repository:${scope}:pull,push"`}`,
        );
        refuse(response, 401, 'UNAUTHORIZED', 'authentication required');
        return true;
      }
    }
    if (rateLimit !== undefined && request.method === 'GET' && /\/manifests\//.test(url.pathname)) {
      const now = clock.now().getTime();
      const windowMs = rateLimit.windowSeconds * 1000;
      used = used.filter((at) => now - at < windowMs);
      const limited = used.length >= rateLimit.requests;
      if (!limited) used.push(now);
      const window = `w=${rateLimit.windowSeconds}`;
      response.setHeader('ratelimit-limit', `${rateLimit.requests};${window}`);
      response.setHeader('ratelimit-remaining', `${rateLimit.requests - used.length};${window}`);
      if (limited) {
        response.setHeader(
          'retry-after',
          String(Math.ceil(((used[0] ?? now) + windowMs - now) / 1000)),
        );
        refuse(response, 429, 'TOOMANYREQUESTS', 'You have reached your pull rate limit.');
        return true;
      }
    }
    return false;
  };
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  send(response, status, { errors: [{ code, message }] });
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
