/** Recipients that collect events: Datadog, Sentry, OpenTelemetry. */
import { createHash } from 'node:crypto';
import type { FluxEvent } from '../../runtime/mod.ts';
import { invalidProvider } from '../errors.ts';
import { basic, bearer, checkUrl, expectSuccess, goJson, posting } from './contract.ts';
import type { Recipient } from './contract.ts';
import { traceRequest } from './otlp.ts';
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
  const invalid = (why: string) => invalidProvider(`[Sentry] DsnParseError: ${why}`);
  if (dsn.username === '') throw invalid('empty username');
  const project = /\/([^/]+)$/.exec(dsn.pathname)?.[1];
  if (project === undefined) throw invalid('empty project id');
  const prefix = dsn.pathname.slice(0, -project.length);
  const url = `${dsn.protocol}//${dsn.host}${prefix}api/${project}/envelope/`;
  const secret = dsn.password === '' ? '' : `, sentry_secret=${dsn.password}`;
  const key = `Sentry sentry_version=7, sentry_client=reflux/1, sentry_key=${dsn.username}${secret}`;
  return async (event) => {
    const sentAt = now().toISOString();
    const id = hex(goJson(event) + sentAt, 16);
    const item = JSON.stringify({
      event_id: id,
      timestamp: event.timestamp || sentAt,
      platform: 'go',
      transaction: titleOf(event),
      ...(event.message === '' ? {} : { message: event.message }),
      ...(channel === '' ? {} : { environment: channel }),
      ...(isError(event) ? problemOf(event) : transactionOf(event, sentAt)),
    });
    const type = isError(event) ? 'event' : 'transaction';
    const head = { event_id: id, sent_at: sentAt, dsn: address };
    const lines = [JSON.stringify(head), JSON.stringify({ type, length: sizeOf(item) }), item];
    expectSuccess(
      await send({
        url,
        headers: { 'content-type': 'application/x-sentry-envelope', 'x-sentry-auth': key },
        body: `${lines.join('\n')}\n`,
      }),
    );
  };
};

const sizeOf = (text: string) => Buffer.byteLength(text);

const titleOf = ({ involvedObject: { kind, namespace, name } }: FluxEvent) =>
  `${kind}: ${namespace}/${name}`;

const problemOf = ({ reportingController, metadata }: FluxEvent) => ({
  level: 'error',
  ...(reportingController === '' ? {} : { server_name: reportingController }),
  contexts: { metadata },
});

function transactionOf(event: FluxEvent, sentAt: string) {
  const { kind, namespace, name } = event.involvedObject;
  const trace = {
    trace_id: hex(`trace of ${goJson(event)}${sentAt}`, 16),
    span_id: hex(`span of ${goJson(event)}${sentAt}`, 8),
    op: 'event',
  };
  const tags = {
    flux_involved_object_kind: kind,
    flux_involved_object_namespace: namespace,
    flux_involved_object_name: name,
    flux_reporting_controller: event.reportingController,
    flux_reporting_instance: event.reportingInstance,
    flux_reason: event.reason,
    ...event.metadata,
  };
  const start = event.timestamp === '' ? {} : { start_timestamp: event.timestamp };
  const end = event.timestamp === '' ? {} : { timestamp: event.timestamp };
  return {
    type: 'transaction',
    level: 'info',
    ...start,
    contexts: { trace },
    tags,
    spans: [{ ...trace, ...start, ...end, tags, origin: 'manual' }],
  };
}

/** One span for each event; what one alert tells of one revision is one trace. OTLP over HTTP. */
export const otel: Recipient = (settings, send) => {
  const url = checkUrl(settings.address, 'OTLP endpoint URL');
  if (/^[a-z]+:\/\/[^/?#]*$/i.test(settings.address)) url.pathname = '/v1/traces';
  const { headers, alert, username, now } = settings;
  const secret = settings.token || settings.password;
  const owner = username === '' ? bearer(secret) : basic(username, secret);
  const auth = Object.keys(headers).length === 0 || 'Authorization' in headers ? {} : owner;
  return async (event) => {
    const { kind, namespace, name, uid } = event.involvedObject;
    if (kind === 'HelmRepository') return;
    const end = BigInt(now().getTime()) * 1_000_000n;
    const start = event.timestamp === '' ? end : BigInt(unixSeconds(event)) * 1_000_000_000n;
    const body = traceRequest({
      resource: [
        ['service.instance.id', alert.uid],
        ['service.name', `${alert.namespace}/${alert.name}`],
        ['service.namespace', alert.namespace],
      ],
      scope: 'flux:notification-controller',
      schemaUrl: 'https://opentelemetry.io/schemas/1.34.0',
      span: {
        traceId: hex(`${alert.uid}:${revisionOf(event)}`, 16),
        spanId: hex(goJson(event), 8),
        name: `${kind}: ${namespace}/${name}`,
        startNanos: start,
        endNanos: end,
        attributes: [
          ['object.uid', uid],
          ['object.kind', kind],
          ['object.name', name],
          ['object.namespace', namespace],
          ...entriesOf(event),
        ],
        failure: isError(event) ? event.message : undefined,
      },
    });
    expectSuccess(
      await send({
        url: url.href,
        headers: { 'content-type': 'application/x-protobuf', ...headers, ...auth },
        body,
      }),
    );
  };
};

function revisionOf({ metadata }: FluxEvent): string {
  const [digest, version] = [metadata['oci-digest'], metadata['app-version']];
  if (digest !== undefined && version !== undefined) return `${version}@${digest}`;
  return metadata['revision'] ?? 'unknown';
}
