/** From a SealedSecret to the Secret that is in it, and to the same SealedSecret under a newer key. */
import type { KeyObject } from 'node:crypto';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { UnsealerError } from '../errors.ts';
import { decrypt, encrypt } from './hybrid.ts';
import { annotations, labelOf } from './scope.ts';
import { fields, readSealedSecret, sealedSecretKind, texts } from './sealed-secret.ts';
import type { SealedSecret } from './sealed-secret.ts';

/** Fills a template of `spec.template.data` with the unsealed values. Throws what is wrong with it. */
export type RenderTemplate = (
  name: string,
  template: string,
  values: Readonly<Record<string, string>>,
) => string;

export interface UnsealOptions {
  keys: Iterable<KeyObject>;
  render: RenderTemplate;
  /** Takes `spec.data`, the form before 0.8. */
  acceptOldData: boolean;
}

const noKey = 'no key could decrypt secret';

/**
 * The Secret as it should be: named, labelled and owned.
 *
 * @throws UnsealerError `UnsealFailed`; names all keys that failed, with the cause: `no key could decrypt secret (a, b)`
 */
export function unseal(object: KubeObject, options: UnsealOptions): KubeObject {
  const sealed = readSealedSecret(object);
  const content =
    sealed.data === undefined
      ? openValues(sealed, options)
      : openWhole(sealed, sealed.data, options);
  const { name, namespace, uid } = object.metadata;
  const isOwned = sealed.template.annotations[annotations.skipOwner] !== 'true';
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      ...content.metadata,
      ...(name === undefined ? {} : { name }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(isOwned
        ? {
            ownerReferences: [
              { ...sealedSecretKind, name: name ?? '', uid: uid ?? '', controller: true },
            ],
          }
        : {}),
    },
    type: content.type,
    ...(content.immutable === undefined ? {} : { immutable: content.immutable }),
    data: content.data,
  };
}

/**
 * Seals each value anew under the given key. Scope, template and names stay what they are, so that nothing that
 * could not be opened somewhere before can be opened there afterwards.
 *
 * @throws UnsealerError `UnsealFailed`
 */
export function reseal(
  object: KubeObject,
  keys: Iterable<KeyObject>,
  newest: KeyObject,
): KubeObject {
  const sealed = readSealedSecret(object);
  const label = labelOf(object.metadata);
  const values = decryptAll(sealed, [...keys]);
  const { status: _, ...rest } = object;
  return {
    ...rest,
    spec: {
      ...fields(object.spec),
      encryptedData: Object.fromEntries(
        Object.entries(values).map(([key, plain]) => [
          key,
          encrypt(newest, plain, label).toString('base64'),
        ]),
      ),
    },
  };
}

interface Content {
  metadata: Pick<KubeObject['metadata'], 'labels' | 'annotations' | 'finalizers'>;
  type: string;
  immutable: boolean | undefined;
  /** Base64. */
  data: Record<string, string>;
}

function openValues(sealed: SealedSecret, options: UnsealOptions): Content {
  const { template } = sealed;
  const values = decryptAll(sealed, [...options.keys]);
  const data: Record<string, string> = {};
  for (const [key, plain] of Object.entries(values)) data[key] = plain.toString('base64');
  const plainTexts = Object.fromEntries(
    Object.entries(values).map(([key, plain]) => [key, plain.toString('utf8')]),
  );
  const failures: Failure[] = [];
  for (const [key, text] of Object.entries(template.data)) {
    try {
      data[key] = Buffer.from(options.render(key, text, plainTexts)).toString('base64');
    } catch (thrown) {
      failures.push({ key, cause: messageOf(thrown) });
    }
  }
  complain(sealed, failures);
  return {
    metadata: {
      labels: template.labels,
      annotations: template.annotations,
      ...(template.finalizers.length === 0 ? {} : { finalizers: template.finalizers }),
    },
    type: template.type,
    immutable: template.immutable,
    data,
  };
}

function decryptAll(sealed: SealedSecret, keys: readonly KeyObject[]): Record<string, Buffer> {
  const label = labelOf(sealed.metadata);
  const values: Record<string, Buffer> = {};
  const failures: Failure[] = [];
  for (const [key, text] of Object.entries(sealed.encryptedData)) {
    const plain = isBase64(text) ? decrypt(keys, Buffer.from(text, 'base64'), label) : undefined;
    if (plain !== undefined) values[key] = plain;
    else failures.push({ key, cause: isBase64(text) ? noKey : 'illegal base64 data' });
  }
  complain(sealed, failures);
  return values;
}

function openWhole(sealed: SealedSecret, whole: string, options: UnsealOptions): Content {
  const fail = (message: string) =>
    new UnsealerError('UnsealFailed', sealed.metadata.name ?? '', message);
  if (!options.acceptOldData) {
    throw fail(`using deprecated 'data' field, use 'encryptedData' or flip the feature flag`);
  }
  if (Object.keys(sealed.encryptedData).length > 0) {
    throw fail(
      `cannot use the field 'encryptedData' and the deprecated field 'data' at the same time`,
    );
  }
  const plain = decrypt(options.keys, Buffer.from(whole, 'base64'), labelOf(sealed.metadata));
  if (plain === undefined) throw fail(noKey);
  let secret: Record<string, unknown>;
  try {
    secret = fields(JSON.parse(plain.toString('utf8')));
  } catch {
    // The parser's message would quote the content.
    throw fail('the sealed data is no Secret in JSON');
  }
  const metadata = fields(secret.metadata);
  return {
    metadata: { labels: texts(metadata.labels), annotations: texts(metadata.annotations) },
    type: typeof secret.type === 'string' && secret.type !== '' ? secret.type : 'Opaque',
    immutable: undefined,
    data: texts(secret.data),
  };
}

interface Failure {
  key: string;
  cause: string;
}

/** One message for all failures: keys with the same cause are named together. */
function complain(sealed: SealedSecret, failures: readonly Failure[]): void {
  if (failures.length === 0) return;
  const keysByCause = new Map<string, string[]>();
  for (const { key, cause } of [...failures].sort((a, b) => (a.key < b.key ? -1 : 1))) {
    keysByCause.set(cause, [...(keysByCause.get(cause) ?? []), key]);
  }
  const message = [...keysByCause].map(([cause, keys]) => `${cause} (${keys.join(', ')})`);
  throw new UnsealerError('UnsealFailed', sealed.metadata.name ?? '', message.join('; '));
}

const isBase64 = (text: string) => /^[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*$/.test(text);
