/** Serves the OpenAPI documents that openapi/ builds; each is built once per set of kinds. */
import type { Kind, KindRegistry } from './kinds.ts';
import { swaggerDocument } from './openapi/v2.ts';
import { openApiDocument, openApiIndex } from './openapi/v3.ts';

export interface OpenApiResponse {
  contentType: string;
  body: string;
}

/** @returns what to answer below `/openapi/`, `undefined` where there is no document */
export function openapiDocuments(
  kinds: KindRegistry,
): (path: string) => OpenApiResponse | undefined {
  let built = new Map<string, string | undefined>();
  let of: readonly Kind[] = [];
  return (path) => {
    const now = kinds.all();
    if (now !== of) {
      of = now;
      built = new Map();
    }
    if (!built.has(path)) {
      const document = build(now, path);
      built.set(path, document === undefined ? undefined : JSON.stringify(document));
    }
    const body = built.get(path);
    return body === undefined ? undefined : { contentType: 'application/json', body };
  };
}

function build(kinds: readonly Kind[], path: string): unknown {
  if (path === '/openapi/v2') return swaggerDocument(kinds);
  if (path === '/openapi/v3') return openApiIndex(kinds);
  const group = /^\/openapi\/v3\/(?:api\/(v1)|apis\/(.+))$/.exec(path);
  const apiVersion = group?.[1] ?? group?.[2];
  return apiVersion === undefined ? undefined : openApiDocument(kinds, apiVersion);
}
