/** What every controller is handed, and what a reconcile answers. */
import type { Clock, Logger } from '../../lib/runtime/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import type { Cluster } from './cluster.ts';
import { sameJson, timeText } from './fields.ts';
import { hexHash } from './names.ts';

export interface ControllerContext {
  cluster: Cluster;
  clock: Clock;
  log: Logger;
  /** Whether a registry has the image that a container names. */
  imageExists(image: string): Promise<boolean>;
}

/** Brings one object closer to what it asks for; a number asks to be run again after that many milliseconds. */
export type Reconcile = (
  object: KubeObject,
  context: ControllerContext,
) => number | undefined | Promise<number | undefined>;

export interface EventText {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  component: string;
}

/** Records an event; the same one again only counts up. */
export function recordEvent(context: ControllerContext, about: KubeObject, text: EventText): void {
  const { cluster, clock } = context;
  const namespace = about.metadata.namespace ?? 'default';
  const now = timeText(clock.now());
  const id = hexHash(`${about.metadata.uid ?? ''}|${text.reason}|${text.message}`);
  const name = `${about.metadata.name ?? ''}.${id}`;
  const known = cluster.get({ apiVersion: 'v1', kind: 'Event', namespace, name });
  if (known !== undefined) {
    const count = typeof known['count'] === 'number' ? known['count'] : 1;
    cluster.update({ ...known, count: count + 1, lastTimestamp: now });
    return;
  }
  cluster.create({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace },
    involvedObject: {
      apiVersion: about.apiVersion,
      kind: about.kind,
      name: about.metadata.name,
      namespace: about.metadata.namespace,
      uid: about.metadata.uid,
      resourceVersion: about.metadata.resourceVersion,
    },
    type: text.type,
    reason: text.reason,
    message: text.message,
    source: { component: text.component },
    reportingComponent: text.component,
    reportingInstance: '',
    firstTimestamp: now,
    lastTimestamp: now,
    eventTime: null,
    count: 1,
  });
}

/** Writes the status unless it is what is stored already. */
export function writeStatus(
  cluster: Cluster,
  object: KubeObject,
  status: Record<string, unknown>,
): void {
  if (!sameJson(object['status'], status)) cluster.updateStatus({ ...object, status });
}
