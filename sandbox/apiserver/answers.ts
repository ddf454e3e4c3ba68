/** What the server answers: JSON in the form that the client would rather have, texts, errors. */
import type { ServerResponse } from 'node:http';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { ApiError } from './api-error.ts';
import type { Call } from './call.ts';
import { partialMetadata, tableOf } from './tables.ts';
import type { Written } from './write.ts';

export function sendError(response: ServerResponse, thrown: unknown): void {
  const error =
    thrown instanceof ApiError
      ? thrown
      : new ApiError(500, 'InternalError', `Internal error occurred: ${messageOf(thrown)}`);
  if (response.headersSent) response.destroy();
  else sendJson(response, error.status.code, { ...error.status, metadata: {} });
}

export function sendJson(
  response: ServerResponse,
  code: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const text = JSON.stringify(body);
  response.writeHead(code, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-cache, private',
    ...headers,
  });
  response.end(text);
}

export function sendText(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(text);
}

/** Whole objects, metadata alone, or a Table: what the client would rather have. */
export function form(accept: string): 'object' | 'metadata' | 'table' {
  for (const wish of accept.split(',')) {
    const type = wish.replaceAll(' ', '');
    if (type.includes('as=Table')) return 'table';
    if (type.includes('as=PartialObjectMetadata')) return 'metadata';
    if (/^(application\/json|\*\/\*)(;q=|$)/.test(type)) return 'object';
  }
  return 'object';
}

export function sendObject(
  call: Call,
  code: number,
  object: KubeObject,
  headers: Record<string, string> = {},
): void {
  const { kind } = call.target;
  const wish = form(call.accept);
  const include = call.query.get('includeObject') ?? undefined;
  const body =
    wish === 'table'
      ? tableOf(kind, [object], call.now(), {
          metadata: { resourceVersion: object.metadata.resourceVersion },
          ...(include === undefined ? {} : { includeObject: include }),
        })
      : wish === 'metadata'
        ? partialMetadata(object)
        : object;
  sendJson(call.response, code, body, headers);
}

export function sendWritten(call: Call, { object, created, warnings }: Written): void {
  const headers: Record<string, string> =
    warnings.length === 0
      ? {}
      : { warning: warnings.map((text) => `299 - ${JSON.stringify(text)}`).join(', ') };
  sendObject(call, created ? 201 : 200, object, headers);
}
