/** The HTTP listener: the API of fluxctl, probes and metrics (spec flux-v1 §1.4, §8). */
import fastify from 'fastify';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Fault, messageOf } from '../../lib/runtime/mod.ts';
import { apiBase, apiPaths, parseChangeNotice, parseUpdateSpec } from '../../lib/wire/mod.ts';
import type {
  ApiErrorBody,
  ChangeNotice,
  ControllerStatus,
  GitConfig,
  ImageStatus,
  JobStatus,
  PublicKey,
  UpdateSpec,
} from '../../lib/wire/mod.ts';
import type { Metrics } from '../metrics.ts';

/** What the daemon answers. */
export interface Api {
  version: string;
  notify(change: ChangeNotice): void;
  services(namespace: string, ids: readonly string[]): Promise<ControllerStatus[]>;
  images(namespace: string, workload: string): Promise<ImageStatus[]>;
  update(spec: UpdateSpec): Promise<string>;
  job(id: string): Promise<JobStatus | undefined>;
  syncStatus(ref: string): Promise<string[]>;
  /** YAML stream. */
  export(): Promise<string>;
  gitConfig(): GitConfig;
  publicKey(): PublicKey;
  /** True once the repository has been synced without an error of ours. */
  ready(): boolean;
}

export function createApiServer(api: Api, metrics: Metrics, withMetrics: boolean): FastifyInstance {
  const server = fastify({ logger: false, bodyLimit: 16 * 1024 * 1024 });
  const at = (path: string) => `${apiBase}${path}`;
  const query = (from: unknown, name: string) => {
    const value: unknown =
      typeof from === 'object' && from !== null
        ? Object.entries(from).find(([key]) => key === name)?.[1]
        : undefined;
    return typeof value === 'string' ? value : '';
  };
  const list = (text: string) => text.split(',').filter((part) => part !== '');

  server.setErrorHandler((thrown, _request, reply) => sendError(reply, thrown));
  server.setNotFoundHandler((request, reply) => {
    const old = /^\/api\/flux\/v[1-5]\//.test(request.url);
    const error = old ? 'API endpoint deprecated' : 'API endpoint not found';
    return reply
      .code(old ? 410 : 404)
      .send({ type: 'missing', help: error, error } satisfies ApiErrorBody);
  });

  server.get(at(apiPaths.ping), (_request, reply) => reply.code(204).send());
  server.get(at(apiPaths.version), (_request, reply) => json(reply, api.version));
  server.post(at(apiPaths.notify), (request, reply) => {
    api.notify(parseChangeNotice(request.body));
    return reply.code(202).send();
  });
  server.get(at(apiPaths.listServices), async (request, reply) =>
    json(reply, await api.services(query(request.query, 'namespace'), [])),
  );
  server.get(at(apiPaths.listServicesWithOptions), async (request, reply) => {
    const namespace = query(request.query, 'namespace');
    const ids = list(query(request.query, 'services'));
    if (namespace !== '' && ids.length > 0)
      throw new Fault(
        'BadRequest',
        'stall',
        'services',
        "cannot filter by 'namespace' and 'workloads' at the same time",
      );
    return json(reply, await api.services(namespace, ids));
  });
  for (const path of [apiPaths.listImages, apiPaths.listImagesWithOptions])
    server.get(at(path), async (request, reply) => {
      const found = await api.images(
        query(request.query, 'namespace'),
        query(request.query, 'service') || '<all>',
      );
      return json(reply, restrict(found, list(query(request.query, 'containerFields'))));
    });
  server.post(at(apiPaths.updateManifests), async (request, reply) =>
    json(reply, await api.update(parseUpdateSpec(request.body))),
  );
  server.get(at(apiPaths.jobStatus), async (request, reply) => {
    const id = query(request.query, 'id');
    const status = await api.job(id);
    if (status === undefined)
      throw new Fault('UnknownJob', 'stall', id, `unknown job ${JSON.stringify(id)}`);
    return json(reply, status);
  });
  server.get(at(apiPaths.syncStatus), async (request, reply) =>
    json(reply, await api.syncStatus(query(request.query, 'ref'))),
  );
  server.get(at(apiPaths.export), async (_request, reply) =>
    json(reply, Buffer.from(await api.export()).toString('base64')),
  );
  server.post(at(apiPaths.gitRepoConfig), (_request, reply) => json(reply, api.gitConfig()));
  server.get(at(apiPaths.identity), (_request, reply) => json(reply, api.publicKey()));
  server.get('/healthz', (_request, reply) => reply.send('ok'));
  server.get('/readyz', (_request, reply) =>
    reply.code(api.ready() ? 200 : 503).send(api.ready() ? 'ok' : 'not synced yet'),
  );
  if (withMetrics) serveMetrics(server, metrics);
  return server;
}

export function createMetricsServer(metrics: Metrics): FastifyInstance {
  const server = fastify({ logger: false });
  serveMetrics(server, metrics);
  return server;
}

function serveMetrics(server: FastifyInstance, metrics: Metrics): void {
  server.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
}

const json = (reply: FastifyReply, body: unknown) =>
  reply.type('application/json; charset=utf-8').send(JSON.stringify(body));

function sendError(reply: FastifyReply, thrown: unknown): FastifyReply {
  const error = messageOf(thrown);
  const reason = thrown instanceof Fault ? thrown.reason : '';
  const [status, type]: [number, ApiErrorBody['type']] =
    reason === 'BadRequest' || (thrown instanceof Error && 'validation' in thrown)
      ? [400, 'user']
      : reason === 'UnknownJob'
        ? [404, 'missing']
        : thrown instanceof Fault
          ? [422, 'user']
          : [500, 'server'];
  return reply.code(status).send({ type, help: `Error: ${error}`, error } satisfies ApiErrorBody);
}

/** `containerFields` keeps the named fields only. */
function restrict(found: readonly ImageStatus[], fields: readonly string[]): unknown {
  if (fields.length === 0) return found;
  return found.map(({ ID, Containers }) => ({
    ID,
    Containers: Containers.map((container) =>
      Object.fromEntries(Object.entries(container).filter(([key]) => fields.includes(key))),
    ),
  }));
}
