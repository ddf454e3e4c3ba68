/** The HTTP listener: the API of fluxctl, probes and metrics (spec flux-v1 §1.4, §8). */
import fastify from 'fastify';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Fault, messageOf } from '../../lib/runtime/mod.ts';
import {
  apiBase,
  apiPaths,
  goJson,
  parseChangeNotice,
  parseUpdateSpec,
  shapeControllerStatus,
  shapeImageStatus,
} from '../../lib/wire/mod.ts';
import type {
  ChangeNotice,
  ControllerStatus,
  GitConfig,
  ImageStatus,
  JobStatus,
  PublicKey,
  UpdateSpec,
  WireContainer,
} from '../../lib/wire/mod.ts';
import type { Metrics } from '../metrics.ts';
import { sendError } from './errors.ts';
import { readQuery, serveOldRoutes } from './old-routes.ts';

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
  gitConfig(regenerateKey: boolean): Promise<GitConfig>;
  publicKey(): PublicKey;
  regenerateKey(): Promise<void>;
  /** True once the repository has been synced without an error of ours. */
  ready(): boolean;
}

export function createApiServer(api: Api, metrics: Metrics, withMetrics: boolean): FastifyInstance {
  const server = fastify({ logger: false, bodyLimit: 16 * 1024 * 1024 });
  const at = (path: string) => `${apiBase}${path}`;
  const query = (from: unknown, name: string) => readQuery(from).get(name)?.[0] ?? '';
  const list = (text: string) => text.split(',').filter((part) => part !== '');

  server.addHook('onResponse', (request, reply, done) => {
    const { method, routeOptions } = request;
    metrics.request.observe(
      { method, route: routeOptions.url ?? 'other', status_code: reply.statusCode, ws: 'false' },
      reply.elapsedTime / 1000,
    );
    done();
  });
  // Clients of the original send no content type; whatever it says, a body is JSON.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? undefined : JSON.parse(String(body)));
    } catch (thrown) {
      const message = `the request's body is not JSON: ${messageOf(thrown)}`;
      done(new Fault('BadRequest', 'stall', 'request', message, { cause: thrown }));
    }
  });
  server.setErrorHandler((thrown, request, reply) => sendError(request, reply, thrown));
  server.setNotFoundHandler((request, reply) => {
    const old = /^\/api\/flux\/v[1-5]\//.test(request.url);
    const [reason, message] = old
      ? ['EndpointDeprecated', 'API endpoint deprecated']
      : ['EndpointUnknown', 'API endpoint not found'];
    return sendError(request, reply, new Fault(reason, 'stall', request.url, message));
  });

  server.get(at(apiPaths.ping), (_request, reply) => reply.code(204).send());
  server.get(at(apiPaths.version), (_request, reply) => json(reply, api.version));
  server.post(at(apiPaths.notify), (request, reply) => {
    api.notify(parseChangeNotice(request.body));
    return reply.code(202).send();
  });
  server.get(at(apiPaths.listServices), async (request, reply) =>
    json(
      reply,
      (await api.services(query(request.query, 'namespace'), [])).map(shapeControllerStatus),
    ),
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
    return json(reply, (await api.services(namespace, ids)).map(shapeControllerStatus));
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
  server.post(at(apiPaths.gitRepoConfig), async (request, reply) =>
    json(reply, await api.gitConfig(request.body === true)),
  );
  server.get(at(apiPaths.identity), (_request, reply) => json(reply, api.publicKey()));
  server.post(at(apiPaths.identity), async (_request, reply) => {
    await api.regenerateKey();
    return reply.code(204).send();
  });
  serveOldRoutes(server, api);
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
  reply.type('application/json; charset=utf-8').send(goJson(body));

const containerFields = [
  'Name',
  'Current',
  'LatestFiltered',
  'Available',
  'AvailableError',
  'AvailableImagesCount',
  'NewAvailableImagesCount',
  'FilteredImagesCount',
  'NewFilteredImagesCount',
] as const satisfies readonly (keyof WireContainer)[];

/** `containerFields` keeps the named fields only. @throws Fault `BadRequest` */
function restrict(found: readonly ImageStatus[], fields: readonly string[]): unknown {
  const unknown = fields.find((field) => !containerFields.some((known) => known === field));
  if (unknown !== undefined)
    throw new Fault('BadRequest', 'stall', 'images', `${unknown} is an invalid field`);
  return found.map(({ ID, Containers }) =>
    shapeImageStatus({
      ID,
      Containers: Containers.map((container) => {
        if (fields.length === 0) return container;
        const kept = { ...container, Name: '', Current: {} };
        for (const field of containerFields) {
          if (field === 'Name' && fields.includes(field)) kept.Name = container.Name;
          else if (field === 'Current' && fields.includes(field)) kept.Current = container.Current;
          else if (field !== 'Name' && field !== 'Current' && !fields.includes(field))
            delete kept[field];
        }
        return kept;
      }),
    }),
  );
}
