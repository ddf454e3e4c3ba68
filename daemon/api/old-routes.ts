/** Routes that only old clients use (spec flux-v1 §8.2). */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Fault } from '../../lib/runtime/mod.ts';
import { apiBase, apiPaths, parseUpdateSpec } from '../../lib/wire/mod.ts';
import type { UpdateSpec } from '../../lib/wire/mod.ts';

export interface OldRoutes {
  update(spec: UpdateSpec): Promise<string>;
}

export function serveOldRoutes(server: FastifyInstance, api: OldRoutes): void {
  const answer = async (reply: FastifyReply, spec: UpdateSpec) =>
    reply.type('application/json; charset=utf-8').send(JSON.stringify(await api.update(spec)));

  server.post(`${apiBase}${apiPaths.updateImages}`, (request, reply) => {
    const query = readQuery(request.query);
    for (const name of ['service', 'image', 'kind'])
      if ((query.get(name) ?? []).length === 0)
        throw new Fault('EndpointUnknown', 'stall', request.url, 'API endpoint not found');
    return answer(
      reply,
      parseUpdateSpec({
        type: 'image',
        cause: causeOf(query),
        spec: {
          ServiceSpecs: query.get('service'),
          ImageSpec: query.get('image')?.[0],
          Kind: query.get('kind')?.[0],
          Excludes: query.get('exclude') ?? [],
          Force: false,
        },
      }),
    );
  });

  server.patch(`${apiBase}${apiPaths.updatePolicies}`, (request, reply) =>
    answer(
      reply,
      parseUpdateSpec({
        type: 'policy',
        cause: causeOf(readQuery(request.query)),
        spec: request.body,
      }),
    ),
  );
}

const causeOf = (query: ReadonlyMap<string, string[]>) => ({
  User: query.get('user')?.[0] ?? '',
  Message: query.get('message')?.[0] ?? '',
});

/** Every value of each parameter. */
export function readQuery(query: unknown): Map<string, string[]> {
  const entries = typeof query === 'object' && query !== null ? Object.entries(query) : [];
  return new Map(
    entries.map(([name, value]: [string, unknown]) => [
      name,
      (Array.isArray(value) ? value : [value]).map(String),
    ]),
  );
}
