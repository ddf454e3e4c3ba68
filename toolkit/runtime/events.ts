/** What controllers tell: Kubernetes Events, and the same as JSON to a notification endpoint (fluxcd/pkg runtime/events). */
import { fetch } from 'undici';
import type { EventRecorder } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { asError, retry } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { secondsOf } from './conditions.ts';

export interface ToolkitEvent {
  /** `trace` becomes a Normal Event, and nothing else is told of it. */
  severity: 'info' | 'error' | 'trace';
  reason: string;
  message: string;
  /** Annotations of the Event, such as `source.toolkit.fluxcd.io/revision`. */
  metadata?: Readonly<Record<string, string>>;
}

/** An event as controllers send it to the notification endpoint (fluxcd/pkg apis/event/v1beta1). */
export interface FluxEvent {
  involvedObject: InvolvedObject;
  severity: string;
  /** RFC 3339, of whole seconds in UTC; '' when nobody said. */
  timestamp: string;
  message: string;
  reason: string;
  metadata: Readonly<Record<string, string>>;
  reportingController: string;
  reportingInstance: string;
}

export interface InvolvedObject {
  kind: string;
  namespace: string;
  name: string;
  uid: string;
  apiVersion: string;
  resourceVersion: string;
  /** Only of events of others. */
  fieldPath?: string;
}

export interface EventsOptions {
  recorder: EventRecorder;
  /** Where events are POSTed as JSON; '' for those who alert within this process. */
  address: string;
  /** Takes the events when there is no address. */
  deliver?: (event: FluxEvent) => void;
  /** `helm-controller`. */
  controller: string;
  /** The pod's name. */
  instance: string;
  clock: Clock;
  signal: AbortSignal;
  onError: (error: Error) => void;
}

export type Tell = (about: KubeObject, event: ToolkitEvent) => void;

const postTimeoutMs = 15_000;
/** Annotations of objects with this prefix go with every event. */
const annotationPrefix = 'event.toolkit.fluxcd.io/';

export function createTell(options: EventsOptions): Tell {
  const { recorder, address, onError, deliver } = options;
  return (about, event) => {
    const type = event.severity === 'error' ? 'Warning' : 'Normal';
    const metadata = metadataOf(about, event);
    const written = recorder.record(about, type, event.reason, event.message, metadata);
    let posted: Promise<void> | undefined;
    if (event.severity !== 'trace') {
      const full = eventOf(options, about, event, metadata ?? {});
      if (address !== '') posted = post(options, full);
      else deliver?.(full);
    }
    Promise.all([written, posted]).catch((thrown: unknown) => {
      onError(asError(thrown));
    });
  };
}

function metadataOf(
  about: KubeObject,
  event: ToolkitEvent,
): Readonly<Record<string, string>> | undefined {
  const own = Object.entries(about.metadata.annotations ?? {}).filter(([key]) =>
    key.startsWith(annotationPrefix),
  );
  return own.length === 0 ? event.metadata : { ...event.metadata, ...Object.fromEntries(own) };
}

function eventOf(
  { controller, instance, clock }: EventsOptions,
  { apiVersion, kind, metadata: about }: KubeObject,
  event: ToolkitEvent,
  metadata: Readonly<Record<string, string>>,
): FluxEvent {
  return {
    involvedObject: {
      kind,
      namespace: about.namespace ?? '',
      name: about.name ?? '',
      uid: about.uid ?? '',
      apiVersion,
      resourceVersion: about.resourceVersion ?? '',
    },
    severity: event.severity,
    timestamp: secondsOf(clock.now()),
    message: event.message,
    reason: event.reason,
    metadata,
    reportingController: controller,
    reportingInstance: instance,
  };
}

async function post({ address, clock, signal }: EventsOptions, event: FluxEvent): Promise<void> {
  const { metadata, ...rest } = event;
  const hasMetadata = Object.keys(metadata).length > 0;
  const body = JSON.stringify({ ...rest, ...(hasMetadata ? { metadata } : {}) });
  await retry(
    async () => {
      const answer = await fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: AbortSignal.any([signal, AbortSignal.timeout(postTimeoutMs)]),
      });
      await answer.arrayBuffer();
      if (answer.status >= 500) throw new Error(`event refused: ${answer.status}`);
    },
    { clock, attempts: 3, initialMs: 500, maxMs: 5000, signal },
  );
}
