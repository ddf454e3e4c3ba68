/** Kubernetes Events about an object; the same event again raises the count of the first. */
import type { KubeObject } from '../objects/mod.ts';
import type { Clock } from '../runtime/mod.ts';
import { asError } from '../runtime/mod.ts';
import type { KubeWriter } from './client.ts';
import { KubeError } from './errors.ts';

export interface EventRecorder {
  /** Never throws: an event that cannot be written is handed to `onError`. */
  record(
    about: KubeObject,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    /** Annotations of the Event; the same event counts as such whatever they say. */
    annotations?: Readonly<Record<string, string>>,
  ): Promise<void>;
}

export interface EventRecorderOptions {
  client: KubeWriter;
  clock: Clock;
  /** `source.component` of the events. */
  component: string;
  onError: (error: Error) => void;
}

/** The longest message that the server takes, in characters. */
const longestMessage = 1024;
const remembered = 4096;

export function createEventRecorder({
  client,
  clock,
  component,
  onError,
}: EventRecorderOptions): EventRecorder {
  const known = new Map<string, { name: string; count: number }>();
  let sequence = 0;
  return {
    record: async (about, type, reason, message, annotations) => {
      const text =
        message.length > longestMessage ? `${message.slice(0, longestMessage - 1)}…` : message;
      const namespace = about.metadata.namespace ?? 'default';
      const now = clock.now();
      const timestamp = now.toISOString().replace(/\.\d+Z$/, 'Z');
      const key = [
        about.metadata.uid,
        about.kind,
        namespace,
        about.metadata.name,
        type,
        reason,
        text,
      ].join('\0');
      const before = known.get(key);
      try {
        if (before !== undefined) {
          try {
            const count = before.count + 1;
            await client.patch(
              { apiVersion: 'v1', kind: 'Event', namespace, name: before.name },
              'merge',
              {
                count,
                lastTimestamp: timestamp,
              },
            );
            before.count = count;
            return;
          } catch (thrown) {
            if (!(thrown instanceof KubeError) || thrown.reason !== 'NotFound') throw thrown;
          }
        }
        sequence += 1;
        const name = `${(about.metadata.name ?? '').slice(0, 220)}.${now.getTime().toString(16)}${(sequence % 0x10000).toString(16).padStart(4, '0')}`;
        await client.create({
          apiVersion: 'v1',
          kind: 'Event',
          metadata: { name, namespace, ...(annotations === undefined ? {} : { annotations }) },
          involvedObject: {
            apiVersion: about.apiVersion,
            kind: about.kind,
            namespace: about.metadata.namespace,
            name: about.metadata.name,
            uid: about.metadata.uid,
            resourceVersion: about.metadata.resourceVersion,
          },
          type,
          reason,
          message: text,
          source: { component },
          firstTimestamp: timestamp,
          lastTimestamp: timestamp,
          count: 1,
        });
        known.delete(key);
        known.set(key, { name, count: 1 });
        for (const old of known.keys()) {
          if (known.size <= remembered) break;
          known.delete(old);
        }
      } catch (thrown) {
        onError(asError(thrown));
      }
    },
  };
}
