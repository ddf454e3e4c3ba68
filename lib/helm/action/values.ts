/** Which values an upgrade uses (helm 3.19 pkg/action/upgrade.go, reuseValues). */
import { coalesceValues, mergeTables } from '../chart/mod.ts';
import type { Chart } from '../chart/mod.ts';
import type { Release } from '../storage/mod.ts';
import type { GoMap } from '../values/mod.ts';
import type { ActionContext } from './context.ts';
import type { UpgradeOptions } from './engine.ts';

/** @returns the chart (with other defaults when values are reused) and the user's values for the new revision */
export function valuesForUpgrade(
  chart: Chart,
  current: Release,
  given: GoMap,
  mode: NonNullable<UpgradeOptions['previousValues']>,
  { log, warn }: Pick<ActionContext, 'log' | 'warn'>,
): { chart: Chart; values: GoMap } {
  switch (mode) {
    case 'reset':
      log("resetting values to the chart's original version");
      return { chart, values: given };
    case 'reuse': {
      log("reusing the old release's values");
      // The old defaults, and all that was laid over them, become the new chart's defaults.
      const old = coalesceValues({ ...current.chart, raw: [], dependencies: [] }, current.config);
      return {
        chart: { ...chart, values: old, noValues: false },
        values: mergeTables(new Map(given), current.config, false, warn),
      };
    }
    case 'reset-then-reuse':
      log('merging values from old release to new values');
      return { chart, values: mergeTables(new Map(given), current.config, false, warn) };
    case 'default':
      if (given.size > 0 || current.config.size === 0) return { chart, values: given };
      log(`copying values from ${current.name} (v${current.version}) to new release.`);
      return { chart, values: current.config };
  }
}
