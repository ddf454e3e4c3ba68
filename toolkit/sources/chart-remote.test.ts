import { describe, expect, test } from 'vitest';
import { loadChart } from '../../lib/helm/chart/mod.ts';
import { packChart } from '../../lib/helm/fetch/mod.ts';
import { NoChartVersion } from './chart-build.ts';
import { buildRemote } from './chart-remote.ts';

const options = {
  versionMetadata: '',
  valuesFiles: [],
  ignoreMissingValuesFiles: false,
  stored: undefined,
};

describe('buildRemote()', () => {
  test.each([
    { why: 'an index says all there is', reason: 'InvalidChartReference', next: 'stall' },
    { why: 'a registry may have it later', reason: 'ChartPullError', next: 'retry' },
  ] as const)('without such a version: $why', async ({ reason, next }) => {
    const build = buildRemote(
      () => {
        throw new NoChartVersion(reason, 'nothing matches');
      },
      'app',
      '9.x',
      options,
    );
    await expect(build).rejects.toMatchObject({ reason, next });
    await expect(build).rejects.toThrow(
      'failed to get chart version for remote reference: nothing matches',
    );
  });

  test('has the name that was asked for, whatever the archive calls itself', async () => {
    const text = Buffer.from('apiVersion: v2\nname: inner\nversion: 1.0.0\n');
    const chart = loadChart([{ name: 'Chart.yaml', data: text }], { unpack: () => [] });
    const archive = await packChart(chart);
    const found = { version: '1.0.0', download: () => Promise.resolve(archive) };
    const build = await buildRemote(() => Promise.resolve(found), 'outer', '', options);
    expect(build).toMatchObject({ name: 'outer', version: '1.0.0', packaged: false });
  });
});
