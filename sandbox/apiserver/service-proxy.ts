/**
 * The proxy below a Service: hands a request to an address of the Service's Endpoints, over plain HTTP.
 *
 * A real API server takes only addresses of pods (their `targetRef`); here what answers runs outside of the cluster.
 */
import { request as httpRequest } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Api } from './api.ts';
import { ApiError, badRequest } from './api-error.ts';
import { storageKey } from './kinds.ts';
import { isObject } from './schema/type-node.ts';

export interface ProxyTarget {
  namespace: string;
  service: string;
  /** Name or number; '' when the path names none. */
  port: string;
  /** Below the service, with the query. */
  path: string;
}

const pattern = /^\/api\/v1\/namespaces\/([^/]+)\/services\/([^/]+)\/proxy(\/.*)?$/;

/** `http:name:port`, `name:port` or `name`, as API servers read them; `undefined` for any other path. */
export function proxyTarget(url: URL): ProxyTarget | undefined {
  const match = pattern.exec(url.pathname);
  if (match === null) return undefined;
  const words = decodeURIComponent(match[2] ?? '').split(':');
  const [scheme = '', service = '', port = ''] = words.length === 3 ? words : ['', ...words];
  if (words.length > 3 || service === '' || !['', 'http'].includes(scheme)) {
    throw badRequest(`invalid service request "${words.join(':')}"`);
  }
  return {
    namespace: decodeURIComponent(match[1] ?? ''),
    service,
    port,
    path: `${match[3] ?? '/'}${url.search}`,
  };
}

/** @throws ApiError 404 without such a service, 503 when no address serves it */
export async function proxy(
  api: Api,
  target: ProxyTarget,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { host, port } = addressOf(api, target);
  // The token is for this server alone.
  const { authorization: _, ...headers } = request.headers;
  await new Promise<void>((resolve, reject) => {
    const onward = httpRequest(
      { host, port, method: request.method, path: target.path, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
        answer.once('error', reject);
        response.once('close', resolve);
      },
    );
    onward.once('error', (error) => {
      reject(unavailable(`error trying to reach service: ${error.message}`));
    });
    request.pipe(onward);
  });
}

function addressOf(api: Api, target: ProxyTarget): { host: string; port: number } {
  const { namespace, service: name } = target;
  const service = api.store.get(storageKey({ group: '', resource: 'services' }), namespace, name);
  if (service === undefined) {
    throw new ApiError(404, 'NotFound', `services "${name}" not found`);
  }
  const wanted = listOf(fieldsOf(service.spec).ports).find((port) =>
    target.port === ''
      ? true
      : String(port.name ?? '') === target.port || String(port.port) === target.port,
  );
  const endpoints = api.store.get(
    storageKey({ group: '', resource: 'endpoints' }),
    namespace,
    name,
  );
  for (const subset of listOf(endpoints?.subsets)) {
    const address = listOf(subset.addresses)[0];
    const port = listOf(subset.ports).find((each) => (each.name ?? '') === (wanted?.name ?? ''));
    if (wanted === undefined || typeof address?.ip !== 'string') continue;
    if (typeof port?.port === 'number') return { host: address.ip, port: port.port };
  }
  throw unavailable(`no endpoints available for service "${name}"`);
}

const unavailable = (message: string) => new ApiError(503, 'ServiceUnavailable', message);

const fieldsOf = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {});

const listOf = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter(isObject) : [];
