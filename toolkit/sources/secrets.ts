/** Secrets that sources read, from their own namespace only (spec §2.4). */
import type { KubeReader } from '../../lib/kube/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { Fields } from '../runtime/mod.ts';
import { fetchFailed } from './failure.ts';

/** Values by key, decoded. */
export type SecretData = ReadonlyMap<string, Buffer>;

export interface Secret {
  type: string;
  data: SecretData;
}

export type SecretReader = Pick<KubeReader, 'get'>;

/** @param failure the beginning of the message when it cannot be read; with `undefined` it is the reason alone */
export async function readSecret(
  kube: SecretReader,
  namespace: string,
  name: string,
  failure: string | undefined,
): Promise<Secret> {
  const failed = (why: string, cause?: unknown) =>
    fetchFailed('AuthenticationFailed', failure === undefined ? why : `${failure}: ${why}`, cause);
  const found = await kube
    .get({ apiVersion: 'v1', kind: 'Secret', namespace, name })
    .catch((cause: unknown) => {
      throw failed(messageOf(cause), cause);
    });
  if (found === undefined) throw failed(`secrets "${name}" not found`);
  const data = Object.entries(new Fields(found['data']).value).flatMap(([key, text]) =>
    typeof text === 'string' ? [[key, Buffer.from(text, 'base64')] as const] : [],
  );
  return { type: new Fields(found).text('type') ?? '', data: new Map(data) };
}

/** A value as text; '' when there is none. */
export const textOf = ({ data }: Secret, key: string): string =>
  data.get(key)?.toString('utf8') ?? '';
