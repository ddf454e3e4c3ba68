/** The listener for webhooks, apart from the API, which must not be seen from outside. */
import fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { Fault, messageOf } from '../../lib/runtime/mod.ts';
import type { Logger } from '../../lib/runtime/mod.ts';
import { readQuery } from '../api/old-routes.ts';
import { hookKinds, readHook } from './payload.ts';
import type { HookKind, HookNews } from './payload.ts';
import { isGenuine } from './signature.ts';

export interface HookOptions {
  secrets: ReadonlyMap<HookKind, string>;
  onNews: (news: HookNews) => void;
  log: Logger;
}

/** Payloads of hosts are below a megabyte; GitHub's limit is 25. */
const bodyLimit = 25 * 1024 * 1024;

/**
 * `POST /hooks/KIND`: 202 when taken, 401 when the signature is not right, 404 for a kind that has no secret, 400 for a body
 * that is no JSON.
 */
export function createHookServer({ secrets, onNews, log }: HookOptions): FastifyInstance {
  const server = fastify({ logger: false, bodyLimit });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  server.get('/healthz', (_request, reply) => reply.send('ok'));
  server.post<{ Params: { kind: string } }>('/hooks/:kind', (request, reply) => {
    const kind = hookKinds.find((one) => one === request.params.kind);
    const secret = kind === undefined ? undefined : secrets.get(kind);
    if (kind === undefined || secret === undefined) return reply.code(404).send('no such hook');
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const token = readQuery(request.query).get('token')?.[0] ?? '';
    const { headers } = request;
    if (!isGenuine(kind, secret, { headers, token, body })) {
      log.log({ warning: 'webhook with a wrong signature', kind, from: request.ip });
      return reply.code(401).send('the signature is not right');
    }
    let payload: unknown;
    try {
      payload = JSON.parse(body.toString('utf8'));
    } catch (thrown) {
      return reply.code(400).send(`not JSON: ${messageOf(thrown)}`);
    }
    onNews(readHook(kind, headers, payload));
    return reply.code(202).send('taken');
  });
  return server;
}

/**
 * Reads `github=@/path/to/secret`; secrets are never on the command line.
 *
 * @throws Fault `BadWebhook`
 */
export async function hookSecrets(
  flags: readonly string[],
  readSecret: (file: string) => Promise<string>,
): Promise<Map<HookKind, string>> {
  const secrets = new Map<HookKind, string>();
  for (const text of flags) {
    const [, name = '', file = ''] = /^([a-z]+)=@(.+)$/.exec(text) ?? [];
    const kind = hookKinds.find((one) => one === name);
    const bad = (why: string, cause?: unknown) =>
      new Fault('BadWebhook', 'stall', '--webhook', `--webhook: ${why}`, { cause });
    if (kind === undefined)
      throw bad(`expected KIND=@FILE, with KIND one of ${hookKinds.join(', ')}`);
    let secret: string;
    try {
      secret = (await readSecret(file)).trim();
    } catch (cause) {
      throw bad(`${file} cannot be read: ${messageOf(cause)}`, cause);
    }
    if (secret === '') throw bad(`${file} is empty`);
    secrets.set(kind, secret);
  }
  return secrets;
}
