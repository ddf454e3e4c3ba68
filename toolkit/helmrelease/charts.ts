/** Charts out of artifacts: read once for each digest, however many releases share it. */
import { loadChart } from '../../lib/helm/chart/mod.ts';
import type { Chart } from '../../lib/helm/chart/mod.ts';
import { unpackArchive } from '../../lib/helm/fetch/mod.ts';
import type { Artifact, ReadArtifact } from '../artifacts/mod.ts';

export interface Charts {
  /** @throws ArtifactError, HelmError `InvalidChart` */
  load(artifact: Artifact, signal: AbortSignal): Promise<Chart>;
}

/** Charts kept, the ones used last. */
const kept = 32;

export function createCharts(read: ReadArtifact): Charts {
  const known = new Map<string, Promise<Chart>>();
  const fetch = async (artifact: Artifact, signal: AbortSignal) =>
    loadChart(unpackArchive(await read(artifact, signal)), { unpack: unpackArchive });
  return {
    load: (artifact, signal) => {
      const { digest } = artifact;
      const chart = known.get(digest) ?? fetch(artifact, signal);
      known.delete(digest);
      known.set(digest, chart);
      for (const old of known.keys()) {
        if (known.size <= kept) break;
        known.delete(old);
      }
      chart.catch(() => {
        if (known.get(digest) === chart) known.delete(digest);
      });
      return chart;
    },
  };
}
