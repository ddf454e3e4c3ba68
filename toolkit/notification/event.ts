/** Events as they arrive: their form, what is kept of them, when two are the same (spec §5.1). Pure but for the hash. */
import { createHash } from 'node:crypto';
import { isRecord } from '../../lib/runtime/mod.ts';
import { Fields } from '../runtime/mod.ts';
import type { FluxEvent } from '../runtime/mod.ts';

/** API group of metadata that people write as annotations. */
export const eventGroup = 'event.toolkit.fluxcd.io';

export const groupOf = (apiVersion: string): string =>
  apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';

/** @returns `undefined` for what is no event; absent texts count as empty, as the original decodes them */
export function readEvent(value: unknown): FluxEvent | undefined {
  if (!isRecord(value)) return undefined;
  const texts = [
    'severity',
    'message',
    'reason',
    'reportingController',
    'reportingInstance',
  ] as const;
  const isText = (each: unknown) => each === undefined || each === null || typeof each === 'string';
  const { involvedObject, metadata } = value;
  if (involvedObject !== undefined && involvedObject !== null && !isRecord(involvedObject))
    return undefined;
  if (!texts.every((name) => isText(value[name]))) return undefined;
  if (metadata !== undefined && metadata !== null) {
    if (!isRecord(metadata) || !Object.values(metadata).every(isText)) return undefined;
  }
  const fields = new Fields(value);
  const about = fields.at('involvedObject');
  if (!Object.values(about.value).every(isText)) return undefined;
  const timestamp = wholeSeconds(value['timestamp'] ?? null);
  if (timestamp === undefined) return undefined;
  const fieldPath = about.text('fieldPath');
  return {
    involvedObject: {
      kind: about.text('kind') ?? '',
      namespace: about.text('namespace') ?? '',
      name: about.text('name') ?? '',
      uid: about.text('uid') ?? '',
      apiVersion: about.text('apiVersion') ?? '',
      resourceVersion: about.text('resourceVersion') ?? '',
      ...(fieldPath === undefined ? {} : { fieldPath }),
    },
    severity: fields.text('severity') ?? '',
    timestamp,
    message: fields.text('message') ?? '',
    reason: fields.text('reason') ?? '',
    metadata: fields.textMap('metadata'),
    reportingController: fields.text('reportingController') ?? '',
    reportingInstance: fields.text('reportingInstance') ?? '',
  };
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** As Kubernetes writes times; '' for none, `undefined` for what is no time. */
function wholeSeconds(given: unknown): string | undefined {
  if (given === null) return '';
  if (typeof given !== 'string' || !rfc3339.test(given)) return undefined;
  const time = Date.parse(given);
  if (Number.isNaN(time)) return undefined;
  return new Date(Math.floor(time / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

/** Without metadata that is nobody's, or that changes without anything having happened. */
export function cleaned(event: FluxEvent): FluxEvent {
  const own = `${groupOf(event.involvedObject.apiVersion)}/`;
  const dropped = new Set([`${own}checksum`, `${own}digest`]);
  return {
    ...event,
    metadata: Object.fromEntries(
      Object.entries(event.metadata).filter(
        ([key]) =>
          !dropped.has(key.toLowerCase()) &&
          (key.startsWith(own) || key.startsWith(`${eventGroup}/`)),
      ),
    ),
  };
}

/** The same text for events that are the same: one of them is enough for a while. */
export function identityOf({ involvedObject, message, metadata }: FluxEvent): string {
  const group = groupOf(involvedObject.apiVersion);
  const parts = [
    'event',
    `name=${involvedObject.name}`,
    `namespace=${involvedObject.namespace}`,
    `kind=${involvedObject.kind}`,
    `message=${message}`,
  ];
  for (const name of ['originRevision', 'revision', 'token']) {
    const value = metadata[`${group}/${name}`];
    if (value !== undefined) parts.push(`${name}=${value}`);
  }
  return createHash('sha256').update(parts.join('/')).digest('hex');
}

export const describeObject = ({ kind, namespace, name }: FluxEvent['involvedObject']): string =>
  `${kind}/${namespace}/${name}`;

/** Without what tells events apart and nobody wants to read. */
export function withoutToken(event: FluxEvent): FluxEvent {
  const key = `${groupOf(event.involvedObject.apiVersion)}/token`;
  if (event.metadata[key] === undefined) return event;
  return {
    ...event,
    metadata: Object.fromEntries(Object.entries(event.metadata).filter(([each]) => each !== key)),
  };
}

const commitStatusKinds = new Set([
  'github',
  'gitlab',
  'gitea',
  'bitbucketserver',
  'bitbucket',
  'azuredevops',
]);
const changeRequestKinds = new Set([
  'githubpullrequestcomment',
  'gitlabmergerequestcomment',
  'giteapullrequestcomment',
]);

export const setsCommitStatus = (type: string): boolean => commitStatusKinds.has(type);

/** Whether a provider of a type has any use for an event. */
export function isOfUse(type: string, event: FluxEvent): boolean {
  const { metadata, severity, involvedObject } = event;
  const isUpdate = metadata[`${groupOf(involvedObject.apiVersion)}/commit_status`] === 'update';
  const hasCommit = (metadata[`${eventGroup}/commit`] ?? '') !== '';
  const hasRequest = (metadata[`${eventGroup}/change_request`] ?? '') !== '';
  if (setsCommitStatus(type)) return hasCommit || isUpdate || severity === 'error';
  if (changeRequestKinds.has(type)) return hasRequest && !isUpdate;
  return type === 'generic' || type === 'generic-hmac' || !isUpdate;
}

export interface Combined {
  event: FluxEvent;
  /** Keys that more than one has set, and who. */
  conflicts: Readonly<Record<string, string>>;
}

/** The metadata that recipients see: the object's annotations, then the alert's, then the controller's. */
export function combined(event: FluxEvent, alert: Fields): Combined {
  const metadata = new Map<string, string>();
  const sources = new Map<string, string[]>();
  const add = (from: string, entries: Iterable<readonly [string, string]>) => {
    for (const [key, value] of entries) {
      metadata.set(key, value);
      sources.set(key, [...(sources.get(key) ?? []), from]);
    }
  };
  const withPrefix = (prefix: string) =>
    Object.entries(event.metadata).flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), value] as const] : [],
    );
  const summary = alert.text('summary');
  add('involved object annotations', withPrefix(`${eventGroup}/`));
  add('Alert object .spec.eventMetadata', Object.entries(alert.textMap('eventMetadata')));
  if (summary !== undefined) add('Alert object .spec.summary', [['summary', summary]]);
  add(
    'involved object controller metadata',
    withPrefix(`${groupOf(event.involvedObject.apiVersion)}/`),
  );
  const conflicts = [...sources]
    .filter(([, from]) => from.length > 1)
    .map(([key, from]) => [key, from.join(', ')] as const);
  const sorted = [...metadata].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    event: metadata.size === 0 ? event : { ...event, metadata: Object.fromEntries(sorted) },
    conflicts: Object.fromEntries(conflicts.sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
