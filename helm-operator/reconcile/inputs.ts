/** What a release is made of: its chart and its values, or the failure to have them in the status. */
import type { GoMap } from '../../lib/helm/values/mod.ts';
import type { FetchedChart } from '../chartsource/source.ts';
import { OperatorError, safeMessage } from '../errors.ts';
import { conditionIs } from '../status/conditions.ts';
import { composeValues, mergeValues } from '../values/compose.ts';
import type { Sync } from './sync.ts';

export interface Inputs {
  chart: FetchedChart;
  values: GoMap;
  /** Those of the values that came out of Secrets. */
  secrets: GoMap;
}

/** @throws OperatorError `ChartFetchFailed`, `ValuesFailed` */
export async function gatherInputs(sync: Sync): Promise<Inputs> {
  const chart = await fetchChart(sync);
  return { chart, ...(await readValues(sync, chart)) };
}

async function fetchChart(sync: Sync): Promise<FetchedChart> {
  let chart: FetchedChart;
  try {
    chart = await sync.fetchChart(sync.hr, sync.kube);
  } catch (thrown) {
    const cause = safeMessage(thrown);
    await sync.enter('ChartFetchFailed', { cause });
    throw new OperatorError(
      'ChartFetchFailed',
      sync.releaseName,
      `failed to prepare chart for release: ${cause}`,
      { cause: thrown },
    );
  }
  // Written with what comes next, which is never far.
  if (!conditionIs(sync.statusNow, 'ChartFetched', 'True')) sync.note('ChartFetched');
  return chart;
}

async function readValues(sync: Sync, chart: FetchedChart): Promise<Omit<Inputs, 'chart'>> {
  let secrets: GoMap = new Map();
  const onSecret = (found: GoMap) => {
    secrets = mergeValues(secrets, found);
  };
  try {
    const sources = { ...sync.valuesSources(chart, sync.kube), onSecret };
    return { values: await composeValues(sync.hr, sources), secrets };
  } catch (thrown) {
    const cause = safeMessage(thrown);
    await sync.enter('Failed', { cause });
    throw new OperatorError(
      'ValuesFailed',
      sync.releaseName,
      `failed to compose values for release: ${cause}`,
      { cause: thrown },
    );
  }
}
