/** Recipients that collect events: Datadog, Sentry, OpenTelemetry. */
import { createHash } from 'node:crypto';
import type { FluxEvent } from '../../runtime/mod.ts';
import { invalidProvider } from '../errors.ts';
import { basic, bearer, checkUrl, expectSuccess, goJson, posting } from './contract.ts';
import type { Recipient } from './contract.ts';
import { entriesOf, isError, unixSeconds } from './text.ts';

export const datadog: Recipient = ({ address, token }, send) => {
  if (token === '') throw invalidProvider('token cannot be empty');
  const { origin } = checkUrl(address, 'DataDog address');
  return posting(
    send,
    `${origin}/api/v1/events`,
    (event) => {
      const { kind, name, namespace } = event.involvedObject;
      const tags = [
        `flux_reporting_controller:${event.reportingController}`,
        `flux_reason:${event.reason}`,
        `kube_kind:${kind}`,
        `kube_name:${name}`,
        `kube_namespace:${namespace}`,
        ...entriesOf(event).map(([key, value]) => `${key}:${value}`),
      ];
      return {
        alert_type: isError(event) ? 'error' : 'info',
        date_happened: unixSeconds(event),
        source_type_name: 'fluxcd',
        tags: tags.map((tag) => tag.toLowerCase()),
        text: event.message,
        title: `Events from the ${kind} ${name}/${namespace}`,
      };
    },
    () => ({ 'dd-api-key': token }),
  );
};

const hex = (text: string, bytes: number) =>
  createHash('sha256')
    .update(text)
    .digest('hex')
    .slice(0, bytes * 2);

/** One event as an envelope; errors as events, all else as transactions, which alert nobody. */
export const sentry: Recipient = ({ address, channel, now }, send) => {
  if (address === '') throw invalidProvider('DSN cannot be empty');
  const dsn = checkUrl(address, 'Sentry DSN');
  const project = /\/([^/]+)$/.exec(dsn.pathname)?.[1];
  if (dsn.username === '' || project === undefined)
    throw invalidProvider('[Sentry] DsnParseError: invalid DSN');
  const prefix = dsn.pathname.slice(0, -project.length);
  const url = `${dsn.protocol}//${dsn.host}${prefix}api/${project}/envelope/`;
  const key = `sentry_version=7, sentry_client=reflux/1, sentry_key=${dsn.username}`;
  return async (event) => {
    const { kind, namespace, name } = event.involvedObject;
    const id = hex(goJson(event) + now().toISOString(), 16);
    const transaction = `${kind}: ${namespace}/${name}`;
    const common = {
      event_id: id,
      timestamp: event.timestamp,
      platform: 'go',
      transaction,
      message: event.message,
      ...(channel === '' ? {} : { environment: channel }),
    };
    const item = isError(event)
      ? {
          ...common,
          level: 'error',
          server_name: event.reportingController,
          contexts: { metadata: event.metadata },
        }
      : { ...common, ...transactionOf(event, id) };
    const lines = [
      { event_id: id, sent_at: now().toISOString() },
      { type: isError(event) ? 'event' : 'transaction' },
      item,
    ];
    expectSuccess(
      await send({
        url,
        headers: { 'content-type': 'application/x-sentry-envelope', 'x-sentry-auth': key },
        body: `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`,
      }),
    );
  };
};

function transactionOf(event: FluxEvent, id: string) {
  const { kind, namespace, name } = event.involvedObject;
  const span = hex(id, 8);
  return {
    type: 'transaction',
    start_timestamp: event.timestamp,
    contexts: { trace: { trace_id: id, span_id: span, op: 'event' } },
    tags: {
      ...event.metadata,
      flux_involved_object_kind: kind,
      flux_involved_object_namespace: namespace,
      flux_involved_object_name: name,
      flux_reporting_controller: event.reportingController,
      flux_reporting_instance: event.reportingInstance,
      flux_reason: event.reason,
    },
    spans: [],
  };
}

/** One span for each event; what one alert tells of one revision is one trace. OTLP over HTTP, as JSON. */
export const otel: Recipient = (settings, send) => {
  const url = checkUrl(settings.address, 'OTLP endpoint URL');
  if (url.pathname === '/') url.pathname = '/v1/traces';
  const { headers, alert, username } = settings;
  const secret = settings.token || settings.password;
  const owner = username === '' ? bearer(secret) : basic(username, secret);
  const auth = Object.keys(headers).length === 0 || 'Authorization' in headers ? {} : owner;
  return async (event) => {
    const { kind, namespace, name, uid } = event.involvedObject;
    if (kind === 'HelmRepository') return;
    const at = `${unixSeconds(event)}000000000`;
    const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
    const span = {
      traceId: hex(`${alert.uid}:${revisionOf(event)}`, 16),
      spanId: hex(goJson(event), 8),
      name: `${kind}: ${namespace}/${name}`,
      kind: 1,
      startTimeUnixNano: at,
      endTimeUnixNano: at,
      attributes: [
        text('object.uid', uid),
        text('object.kind', kind),
        text('object.name', name),
        text('object.namespace', namespace),
        ...entriesOf(event).map(([key, value]) => text(key, value)),
      ],
      status: isError(event) ? { code: 2, message: event.message } : { code: 1 },
    };
    const resource = {
      attributes: [
        text('service.name', `${alert.namespace}/${alert.name}`),
        text('service.namespace', alert.namespace),
        text('service.instance.id', alert.uid),
      ],
    };
    const scopeSpans = [{ scope: { name: 'flux:notification-controller' }, spans: [span] }];
    expectSuccess(
      await send({
        url: url.href,
        headers: { ...headers, ...auth },
        body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans }] }),
      }),
    );
  };
};

function revisionOf({ metadata }: FluxEvent): string {
  const [digest, version] = [metadata['oci-digest'], metadata['app-version']];
  if (digest !== undefined && version !== undefined) return `${version}@${digest}`;
  return metadata['revision'] ?? 'unknown';
}
