/** SealedSecret as it comes from outside, read once into a checked value. */
import { load } from 'js-yaml';
import type { Condition, KubeObject, ObjectMeta } from '../../lib/objects/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { UnsealerError } from '../errors.ts';

export const sealedSecretKind = { apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret' };

export interface SecretTemplate {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  finalizers: string[];
  /** `Opaque` when none is given, as the API server fills it in. */
  type: string;
  immutable: boolean | undefined;
  /** Templates over the unsealed values, by key of the Secret. */
  data: Record<string, string>;
}

export interface SealedSecret {
  metadata: ObjectMeta;
  template: SecretTemplate;
  /** Base64 by key of the Secret. */
  encryptedData: Record<string, string>;
  /** The form before 0.8: one envelope, in base64, around a whole Secret. */
  data: string | undefined;
  observedGeneration: number | undefined;
  conditions: Condition[];
}

/** Reads an object of the API server. Entries of a wrong type are left out, as the original leaves them out. */
export function readSealedSecret(object: KubeObject): SealedSecret {
  const spec = fields(object.spec);
  const template = fields(spec.template);
  const metadata = fields(template.metadata);
  const status = fields(object.status);
  return {
    metadata: object.metadata,
    template: {
      labels: texts(metadata.labels),
      annotations: texts(metadata.annotations),
      finalizers: list(metadata.finalizers).filter((each) => typeof each === 'string'),
      type: typeof template.type === 'string' && template.type !== '' ? template.type : 'Opaque',
      immutable: typeof template.immutable === 'boolean' ? template.immutable : undefined,
      data: texts(template.data),
    },
    encryptedData: texts(spec.encryptedData),
    data: typeof spec.data === 'string' && spec.data !== '' ? spec.data : undefined,
    observedGeneration:
      typeof status.observedGeneration === 'number' ? status.observedGeneration : undefined,
    conditions: list(status.conditions).flatMap(condition),
  };
}

/**
 * Reads one document, JSON or YAML.
 *
 * @throws UnsealerError `NotSealedSecret`
 */
export function parseSealedSecret(text: string): KubeObject {
  let parsed: unknown;
  try {
    parsed = load(text);
  } catch (thrown) {
    throw new UnsealerError('NotSealedSecret', 'request', 'neither JSON nor YAML', {
      cause: messageOf(thrown),
    });
  }
  const object = fields(parsed);
  const { apiVersion, kind } = object;
  if (apiVersion !== sealedSecretKind.apiVersion || kind !== sealedSecretKind.kind) {
    throw new UnsealerError(
      'NotSealedSecret',
      'request',
      `unexpected resource type: ${String(apiVersion)}, Kind=${String(kind)}`,
    );
  }
  const metadata = fields(object.metadata);
  return {
    ...object,
    ...sealedSecretKind,
    metadata: {
      ...(typeof metadata.name === 'string' ? { name: metadata.name } : {}),
      ...(typeof metadata.namespace === 'string' ? { namespace: metadata.namespace } : {}),
      labels: texts(metadata.labels),
      annotations: texts(metadata.annotations),
    },
  };
}

/** The fields of a mapping; none of anything else. */
export function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

/** The entries of a mapping whose values are texts. */
export function texts(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields(value)).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function condition(value: unknown): Condition[] {
  const { type, status, ...rest } = fields(value);
  if (typeof type !== 'string') return [];
  if (status !== 'True' && status !== 'False' && status !== 'Unknown') return [];
  return [{ ...texts(rest), type, status }];
}
