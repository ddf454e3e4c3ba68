/** Recipients that keep alerts open and close them: Alertmanager, Opsgenie, PagerDuty, incident.io; and annotations of Grafana. */
import { createHash } from 'node:crypto';
import { messageOf } from '../../../lib/runtime/mod.ts';
import type { FluxEvent } from '../../runtime/mod.ts';
import { invalidProvider, notSent } from '../errors.ts';
import { basic, bearer, checkUrl, expectSuccess, goJson, posting } from './contract.ts';
import type { Recipient } from './contract.ts';
import {
  entriesOf,
  isError,
  objectName,
  reasonWords,
  shortName,
  timeOf,
  unixSeconds,
} from './text.ts';

export const alertmanager: Recipient = ({ address, token, username, password }, send) => {
  checkUrl(address, 'Alertmanager URL');
  const auth = username !== '' && password !== '' ? basic(username, password) : bearer(token);
  return posting(
    send,
    address,
    (event) => {
      const { involvedObject: object, severity, reason, reportingController } = event;
      const { summary, ...metadata } = event.metadata;
      const labels: Record<string, string> = {
        ...metadata,
        alertname: `Flux${object.kind}${titleCase(reason)}`,
        severity,
        reason,
        kind: object.kind,
        name: object.name,
        namespace: object.namespace,
        reportingcontroller: reportingController,
      };
      return [
        {
          status: 'firing',
          labels: sorted(labels),
          annotations: { message: event.message, ...(summary === undefined ? {} : { summary }) },
          startsAt: timeOf(event),
          // Go's zero time: how long it lasts is Alertmanager's to say.
          endsAt: '0001-01-01T00:00:00Z',
        },
      ];
    },
    () => auth,
  );
};

const sorted = (map: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Of each word the first letter large, the others small; a word in camel case is one. */
export const titleCase = (text: string): string =>
  text.replace(
    /\p{L}[\p{L}\p{N}'_]*/gu,
    (word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase(),
  );

export const grafana: Recipient = ({ address, token, username, password }, send) => {
  checkUrl(address, 'Grafana URL', 'untold');
  const hasOwner = username !== '' && password !== '';
  const auth = token !== '' ? bearer(token) : hasOwner ? basic(username, password) : {};
  const plain = (text: string) => text.replaceAll(':', '|');
  return posting(
    send,
    address,
    (event) => {
      const { kind, name, namespace } = event.involvedObject;
      return {
        when: unixSeconds(event),
        text: objectName(event),
        tags: [
          'flux',
          event.reportingController,
          ...entriesOf(event).map(([key, value]) => `${plain(key)}: ${plain(value)}`),
          `kind: ${kind}`,
          `name: ${name}`,
          `namespace: ${namespace}`,
        ],
      };
    },
    () => auth,
  );
};

export const opsgenie: Recipient = ({ address, token, uid }, send) => {
  checkUrl(address, 'Opsgenie hook URL');
  if (token === '') throw invalidProvider('empty Opsgenie apikey/token');
  return posting(
    send,
    address,
    (event) => {
      const { kind, name, namespace } = event.involvedObject;
      const identity = [uid, kind, namespace, name, event.reason].join('/');
      return {
        message: `${kind}/${name}`,
        alias: createHash('sha256').update(identity).digest('hex'),
        description: event.message,
        details: sorted({ ...event.metadata, severity: event.severity }),
      };
    },
    () => ({ authorization: `GenieKey ${token}` }),
  );
};

export const pagerduty: Recipient = ({ address, channel }, send) => {
  const { origin } = checkUrl(address, 'PagerDuty endpoint URL');
  const details = (event: FluxEvent) => ({
    message: event.message,
    metadata: Object.fromEntries(entriesOf(event)),
  });
  const common = (event: FluxEvent) => ({
    summary: `${reasonWords(event)}: ${shortName(event)}`,
    source: `Flux ${event.reportingController}`,
  });
  const enqueue = async (path: string, body: unknown, what: string) => {
    try {
      expectSuccess(await send({ url: `${origin}${path}`, body: goJson(body) }));
    } catch (cause) {
      throw notSent(`failed sending ${what}: ${messageOf(cause)}`, cause);
    }
  };
  return async (event) => {
    if (event.reason === 'Progressing') return;
    const { involvedObject: object } = event;
    const timestamp = timeOf(event);
    const known = {
      routing_key: channel,
      ...(object.uid === '' ? {} : { dedup_key: object.uid }),
    };
    const incident = {
      ...common(event),
      severity: 'error',
      timestamp,
      component: object.name,
      group: object.kind,
      custom_details: details(event),
    };
    // What is well resolves whatever was open.
    await enqueue(
      '/v2/enqueue',
      isError(event)
        ? { ...known, event_action: 'trigger', payload: incident }
        : { ...known, event_action: 'resolve' },
      'event',
    );
    if (event.severity !== 'info') return;
    const payload = { ...common(event), timestamp, custom_details: details(event) };
    await enqueue('/v2/change/enqueue', { routing_key: channel, payload }, 'change event');
  };
};

export const incidentIo: Recipient = ({ address, token }, send) => {
  checkUrl(address, 'incident.io alert source URL');
  if (token === '') throw invalidProvider('empty incident.io API token');
  const fire = posting(
    send,
    address,
    (event) => ({
      title: `${objectName(event)}: ${event.reason}`,
      status: isError(event) ? 'firing' : 'resolved',
      deduplication_key: event.involvedObject.uid,
      ...(event.message === '' ? {} : { description: event.message }),
      metadata: sorted({
        ...event.metadata,
        severity: event.severity,
        reason: event.reason,
        ...(event.reportingController === ''
          ? {}
          : { reportingController: event.reportingController }),
      }),
    }),
    () => ({ authorization: `Bearer ${token}` }),
  );
  return async (event) => {
    if (event.reason !== 'Progressing') await fire(event);
  };
};
