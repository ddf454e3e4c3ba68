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

export interface EventsOptions {
  recorder: EventRecorder;
  /** Where events are POSTed as JSON; '' for nowhere. */
  address: string;
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

export function createTell(options: EventsOptions): Tell {
  const { recorder, address, onError } = options;
  return (about, event) => {
    const type = event.severity === 'error' ? 'Warning' : 'Normal';
    const written = recorder.record(about, type, event.reason, event.message, event.metadata);
    const posted =
      address === '' || event.severity === 'trace' ? undefined : post(options, about, event);
    Promise.all([written, posted]).catch((thrown: unknown) => {
      onError(asError(thrown));
    });
  };
}

async function post(
  { address, controller, instance, clock, signal }: EventsOptions,
  about: KubeObject,
  event: ToolkitEvent,
): Promise<void> {
  const { uid, name, namespace, resourceVersion } = about.metadata;
  const body = JSON.stringify({
    involvedObject: {
      apiVersion: about.apiVersion,
      kind: about.kind,
      namespace,
      name,
      uid,
      resourceVersion,
    },
    severity: event.severity,
    timestamp: secondsOf(clock.now()),
    message: event.message,
    reason: event.reason,
    ...(event.metadata === undefined ? {} : { metadata: event.metadata }),
    reportingController: controller,
    reportingInstance: instance,
  });
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
