/** Charts from an OCI registry, and what is asked of it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadChart } from '../../lib/helm/chart/mod.ts';
import { createOciTransport, packChart, parseOci, pushOci } from '../../lib/helm/fetch/mod.ts';
import { systemClock } from '../../lib/runtime/mod.ts';
import { startRegistry } from '../../sandbox/mod.ts';
import type { SandboxRegistry } from '../../sandbox/mod.ts';
import { colorChart } from '../_charts.ts';
import { createRepositoryCharts } from './repository-charts.ts';

let folder: string;
let registry: SandboxRegistry;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'repository-charts-test'));
  registry = await startRegistry({ clock: systemClock });
});
afterAll(async () => {
  await registry.close();
  await rm(folder, { recursive: true });
});

async function publish(version: string): Promise<void> {
  const files = {
    ...colorChart,
    'Chart.yaml': `apiVersion: v2\nname: color\nversion: ${version}\n`,
  };
  const chart = loadChart(
    Object.entries(files).map(([name, text]) => ({ name, data: Buffer.from(text) })),
    { unpack: () => [] },
  );
  await pushOci(createOciTransport({ plainHttp: true }), {
    reference: parseOci(`oci://${registry.host}/charts/color:${version}`),
    archive: await packChart(chart),
    provenance: undefined,
    metadata: chart.metadata,
    created: '2026-01-01T00:00:00Z',
  });
}

const source = (version: string) => ({
  kind: 'repository' as const,
  url: `oci://${registry.host}/charts/`,
  name: 'color',
  version,
  pullSecret: undefined,
  instead: undefined,
});

test('a range in an OCI registry follows new versions, and many ask once', async () => {
  await publish('0.1.0');
  const charts = createRepositoryCharts({
    parentFolder: folder,
    clock: systemClock,
    sharedMs: 60_000,
  });
  const before = registry.requests().length;
  const found = await Promise.all(
    Array.from({ length: 5 }, () => charts.fetch(source('~0.1'), {})),
  );
  const asked = registry.requests().length - before;
  expect(found.map(({ revision }) => revision)).toEqual(Array(5).fill('0.1.0'));
  expect(found[0]?.chart.templates.map(({ name }) => name)).toEqual(['templates/color.yaml']);
  await charts.fetch(source('~0.1'), {});
  expect(registry.requests().length - before).toBe(asked);

  await publish('0.1.5');
  await publish('0.2.0');
  charts.renew();
  expect((await charts.fetch(source('~0.1'), {})).revision).toBe('0.1.5');
  expect((await charts.fetch(source('0.2.0'), {})).revision).toBe('0.2.0');
});

test('a chart that is not in the registry', async () => {
  const charts = createRepositoryCharts({ parentFolder: folder, clock: systemClock, sharedMs: 0 });
  await expect(charts.fetch(source('9.9.9'), {})).rejects.toThrow('9.9.9');
});
