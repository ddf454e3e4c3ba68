/** The HTTPS face of the API: who asks, for what, in which form. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendError, sendJson, sendText } from './answers.ts';
import type { Api } from './api.ts';
import { ApiError, noSuchPath } from './api-error.ts';
import { aggregatedList, apiVersions, groupList, oneGroup, resourceList } from './discovery.ts';
import { createLister } from './list.ts';
import type { Lister } from './list.ts';
import type { OpenApiResponse } from './openapi-documents.ts';
import { targetOf } from './route.ts';
import { serve } from './serve.ts';
import type { ServeOptions } from './serve.ts';
import { proxy, proxyTarget } from './service-proxy.ts';

export interface HttpOptions extends ServeOptions {
  api: Api;
  /** Token to user name. */
  tokens: ReadonlyMap<string, string>;
  /** `gitVersion` to claim: `v1.34.0`. */
  gitVersion: string;
  /** Serves `/openapi/…`; `undefined` where there is no such document. */
  openapi: (path: string) => OpenApiResponse | undefined;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export function createHandler(options: HttpOptions): Handler {
  const lister = createLister(options.api.store);
  return (request, response) => {
    answer(options, lister, request, response).catch((thrown: unknown) => {
      sendError(response, thrown);
    });
  };
}

async function answer(
  options: HttpOptions,
  lister: Lister,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://sandbox');
  const path = url.pathname.replace(/\/+$/, '') || '/';
  if (['/healthz', '/livez', '/readyz'].includes(path)) {
    sendText(response, 'ok');
    return;
  }
  const user = userOf(request, options.tokens);
  if (user === undefined) throw new ApiError(401, 'Unauthorized', 'Unauthorized');
  const accept = request.headers.accept ?? '*/*';
  if (path === '/version') {
    sendJson(response, 200, versionInfo(options.gitVersion));
    return;
  }
  if (path.startsWith('/openapi/')) {
    const document = options.openapi(path);
    if (document === undefined) throw noSuchPath();
    response.writeHead(200, { 'content-type': document.contentType });
    response.end(document.body);
    return;
  }
  if (discover(options, request, response, path, accept)) return;
  const behind = proxyTarget(url);
  if (behind !== undefined) {
    await proxy(options.api, behind, request, response);
    return;
  }
  const target = targetOf(options.api.kinds, path);
  if (target === undefined) throw noSuchPath();
  await serve(options, lister, {
    api: options.api,
    now: () => options.api.clock.now(),
    request,
    response,
    target,
    query: url.searchParams,
    accept,
    user,
  });
}

function userOf(request: IncomingMessage, tokens: ReadonlyMap<string, string>): string | undefined {
  const match = /^Bearer (.+)$/.exec(request.headers.authorization ?? '');
  return match === null ? undefined : tokens.get(match[1] ?? '');
}

function versionInfo(gitVersion: string) {
  const [, major = '1', minor = '0'] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  return {
    major,
    minor,
    gitVersion,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: '',
    platform: '',
  };
}

function discover(
  options: HttpOptions,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  accept: string,
): boolean {
  const kinds = options.api.kinds.all();
  const parts = path.split('/').slice(1);
  const [root, group = '', version = ''] = parts;
  if (root === 'api' && parts.length === 1) {
    if (!sendAggregated(response, accept, (v) => aggregatedList(kinds, true, v))) {
      sendJson(response, 200, apiVersions(request.headers.host ?? ''));
    }
    return true;
  }
  if (root === 'apis' && parts.length === 1) {
    if (!sendAggregated(response, accept, (v) => aggregatedList(kinds, false, v)))
      sendJson(response, 200, groupList(kinds));
    return true;
  }
  const found =
    root === 'api' && parts.length === 2
      ? resourceList(kinds, '', group)
      : root === 'apis' && parts.length === 2
        ? oneGroup(kinds, group)
        : root === 'apis' && parts.length === 3
          ? resourceList(kinds, group, version)
          : undefined;
  if (found === undefined) return false;
  sendJson(response, 200, found);
  return true;
}

function sendAggregated(
  response: ServerResponse,
  accept: string,
  build: (version: string) => unknown,
): boolean {
  const match = /v=(v2|v2beta1);as=APIGroupDiscoveryList/.exec(accept.replaceAll(' ', ''));
  const version = match?.[1];
  if (version === undefined) return false;
  sendJson(response, 200, build(version), {
    'content-type': `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
  });
  return true;
}
