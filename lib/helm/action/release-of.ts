/** Parts of making a release that install and upgrade share. */
import type { Chart } from '../chart/mod.ts';
import type { RenderedHook } from '../chart/mod.ts';
import type { ReleaseHook, StoredChart } from '../storage/mod.ts';

/** A chart as far as a release keeps it. */
export function storedChart(chart: Chart): StoredChart {
  const { metadata, lock, templates, values, noValues = false, schema, files } = chart;
  return { metadata, lock, templates, values, noValues, schema, files };
}

/** Hooks that never ran. */
export function freshHooks(hooks: readonly RenderedHook[]): ReleaseHook[] {
  return hooks.map((hook) => ({
    ...hook,
    lastRun: { startedAt: '', completedAt: '', phase: '' },
  }));
}
