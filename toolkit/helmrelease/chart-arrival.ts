/** A HelmChart that was just asked for is mostly there in a moment: a release waits for it in one and the same look. */
import { objectKey } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { Fields } from '../runtime/mod.ts';
import type { Collection } from '../runtime/mod.ts';

/** Who waits longer says so in the status, and is woken by the chart. */
const momentMs = 2000;

export interface ChartArrivals {
  /**
   * @param release who waits, as `namespace/name`
   * @returns the chart as it is once its own controller has looked at it, or after a moment
   */
  awaited(release: string, chart: KubeObject, signal: AbortSignal): Promise<KubeObject>;
  /** Whether a release is waiting for a chart, so that news of it asks for no further look. */
  isAwaiting(release: string, chart: string): boolean;
}

interface Waiting {
  release: string;
  arrived: AbortController;
}

/** @param clock its sleep leaves the slot of who waits to others */
export function createChartArrivals(helmCharts: Collection, clock: Clock): ChartArrivals {
  /** By chart: each is made for one release. */
  const waiting = new Map<string, Waiting>();
  helmCharts.onChange((key, now) => {
    if (now === undefined || isLookedAt(now)) waiting.get(key)?.arrived.abort();
  });
  return {
    isAwaiting: (release, chart) => waiting.get(chart)?.release === release,
    awaited: async (release, chart, signal) => {
      const key = objectKey(chart);
      const current = () => {
        const seen = helmCharts.get(key);
        return seen?.metadata.uid === chart.metadata.uid ? seen : undefined;
      };
      const known = current() ?? chart;
      if (isLookedAt(known)) return known;
      const arrived = new AbortController();
      waiting.set(key, { release, arrived });
      try {
        await clock.sleep(momentMs, AbortSignal.any([signal, arrived.signal]));
      } catch (thrown) {
        if (!arrived.signal.aborted) throw thrown;
      } finally {
        waiting.delete(key);
      }
      return current() ?? chart;
    },
  };
}

/** Its controller has come to an end with it, well or not. */
export function isLookedAt({ metadata, status }: KubeObject): boolean {
  const fields = new Fields(status);
  if (fields.count('observedGeneration') === metadata.generation) return true;
  return fields
    .each('conditions')
    .some((each) => each.text('type') === 'Ready' && each.text('status') === 'False');
}
