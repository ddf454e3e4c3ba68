/** The checksum by which the original knows a manifest (spec flux-v1 §3.5): SHA-1 of the document as yaml.v2 prints it. */
import { createHash } from 'node:crypto';
import { toYaml } from '../../lib/helm/yaml/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';

type GoValue = Parameters<typeof toYaml>[0];

const known = new WeakMap<KubeObject, string>();

/** Of the manifest as written, before metadata of ours is added; lower-case hex. */
export function checksumOf(written: KubeObject): string {
  const before = known.get(written);
  if (before !== undefined) return before;
  const checksum = createHash('sha1')
    .update(toYaml(toGoValue(written)))
    .digest('hex');
  known.set(written, checksum);
  return checksum;
}

function toGoValue(value: unknown): GoValue {
  if (Array.isArray(value)) return value.map(toGoValue);
  if (isRecord(value))
    return new Map(Object.entries(value).map(([key, field]) => [key, toGoValue(field)]));
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : null;
}
