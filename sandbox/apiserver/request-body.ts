/** What a request carries: JSON, YAML or protobuf, as data. */
import type { IncomingMessage } from 'node:http';
import yaml from 'js-yaml';
import { messageOf } from '../../lib/runtime/mod.ts';
import { ApiError, badRequest, unsupportedMediaType } from './api-error.ts';
import { decodeProtobuf } from './protobuf/decode.ts';
import type { PatchKind } from './write.ts';

/** Bytes; as the real server's. */
const largestBody = 3 * 1024 * 1024;

const protobufType = 'application/vnd.kubernetes.protobuf';
const bodyTypes: readonly string[] = ['application/json', 'application/yaml', protobufType];
const patchTypes: Readonly<Record<string, PatchKind>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/** @throws ApiError 415 */
export function patchKind(request: IncomingMessage): PatchKind {
  const type = patchTypes[mediaType(request)];
  if (type === undefined) throw unsupportedMediaType(Object.keys(patchTypes));
  return type;
}

/** The body as data; `undefined` when there is none. @throws ApiError 400, 413, 415 */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const body = await readBytes(request);
  if (body.length === 0) return undefined;
  const type = mediaType(request);
  if (request.method !== 'PATCH' && type !== '' && !bodyTypes.includes(type))
    throw unsupportedMediaType(bodyTypes);
  try {
    if (type === protobufType) return fromProtobuf(body);
    const text = body.toString('utf8');
    if (/yaml/.test(type) && !/^\s*[{[]/.test(text)) return yaml.load(text);
    return JSON.parse(text) as unknown;
  } catch (thrown) {
    if (thrown instanceof ApiError) throw thrown;
    throw badRequest(`the object provided is unrecognized: ${messageOf(thrown)}`);
  }
}

const mediaType = (request: IncomingMessage) =>
  (request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > largestBody) {
      throw new ApiError(
        413,
        'RequestEntityTooLarge',
        `Request entity too large: limit is ${largestBody}`,
      );
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function fromProtobuf(body: Buffer): unknown {
  const object = decodeProtobuf(body);
  // Custom resources, and built-in kinds outside of the table: clients send these as JSON.
  if (object === undefined)
    throw unsupportedMediaType(bodyTypes.filter((type) => type !== protobufType));
  return object;
}
