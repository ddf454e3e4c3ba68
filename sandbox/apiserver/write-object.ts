/** What of an object a write may change, and what the server sets. Pure but for the random suffix. */
import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { forbidden } from './schema/issue.ts';
import type { Issue } from './schema/issue.ts';
import { sameJson } from './schema/type-node.ts';
import type { JsonObject } from './schema/type-node.ts';
import type { WriteRequest } from './write.ts';

/** The status endpoint writes the status alone, the object's own everything but the status. */
export function confine(
  { kind, subresource }: WriteRequest,
  live: KubeObject,
  next: KubeObject,
): KubeObject {
  if (subresource === 'status') {
    const { managedFields } = next.metadata;
    return {
      ...live,
      metadata: { ...live.metadata, ...(managedFields === undefined ? {} : { managedFields }) },
      ...('status' in next ? { status: next.status } : {}),
    };
  }
  if (!kind.status) return next;
  const { status: _ignored, ...rest } = next;
  return { ...(rest as KubeObject), ...('status' in live ? { status: live.status } : {}) };
}

/** What is being deleted waits for those who asked before. */
export function newFinalizers(live: KubeObject, next: KubeObject): Issue[] {
  if (live.metadata.deletionTimestamp === undefined) return [];
  const added = (next.metadata.finalizers ?? []).filter(
    (each) => !(live.metadata.finalizers ?? []).includes(each),
  );
  if (added.length === 0) return [];
  const list = added.map((each) => JSON.stringify(each)).join(', ');
  return [
    forbidden(
      'metadata.finalizers',
      `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
    ),
  ];
}

export function ignoredFields({ kind, subresource }: WriteRequest, object: JsonObject): string[][] {
  if (subresource === 'status') {
    return Object.keys(object)
      .filter((field) => !['apiVersion', 'kind', 'metadata', 'status'].includes(field))
      .map((field) => [field])
      .concat([
        ['metadata', 'labels'],
        ['metadata', 'annotations'],
      ]);
  }
  return kind.status ? [['status']] : [];
}

/** What a client cannot change about an existing object. */
export function keepServerMetadata(live: KubeObject, next: KubeObject): void {
  const kept: Record<string, unknown> = { ...next.metadata };
  for (const field of [
    'name',
    'namespace',
    'uid',
    'creationTimestamp',
    'generation',
    'resourceVersion',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'generateName',
  ] as const) {
    const value = live.metadata[field];
    if (value === undefined) delete kept[field];
    else kept[field] = value;
  }
  next.metadata = kept;
}

/** What a generation counts: everything but metadata and status. */
export function desired(object: KubeObject): JsonObject {
  const { metadata: _metadata, status: _status, ...rest } = object;
  return rest;
}

export function sameContent(live: KubeObject, next: KubeObject): boolean {
  const strip = ({
    metadata: { managedFields, resourceVersion: _version, ...metadata },
    ...rest
  }: KubeObject) => ({
    ...rest,
    metadata,
    managed: (managedFields ?? []).map(({ time: _time, ...entry }) => entry),
  });
  return sameJson(strip(live), strip(next));
}

/** Every namespace can be selected by its name. */
export function labelNamespace(namespace: KubeObject): void {
  namespace.metadata.labels = {
    ...namespace.metadata.labels,
    'kubernetes.io/metadata.name': namespace.metadata.name ?? '',
  };
}

export function timeText(now: Date): string {
  return now.toISOString().replace(/\.\d+Z$/, 'Z');
}

const suffixLetters = 'bcdfghjklmnpqrstvwxz2456789';

/** Five letters, as generateName appends. */
export function randomSuffix(): string {
  return [...randomUUID().replaceAll('-', '').slice(0, 5)]
    .map((digit, at) => suffixLetters[(parseInt(digit, 16) * 7 + at * 3) % suffixLetters.length])
    .join('');
}
