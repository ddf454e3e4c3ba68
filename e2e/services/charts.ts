/** A chart repository over HTTPS, with a password if wanted. */
import { createHash } from 'node:crypto';
import { loadChart } from '../../lib/helm/chart/mod.ts';
import type { ChartMetadata } from '../../lib/helm/chart/mod.ts';
import { packChart } from '../../lib/helm/fetch/mod.ts';
import type { Certificate } from './certificate.ts';
import { serveHttps } from './https.ts';

export interface PackedChart {
  metadata: ChartMetadata;
  archive: Uint8Array;
}

export interface ChartRepository {
  url: string;
  publish(chart: PackedChart): void;
  close(): Promise<void>;
}

/** @param files contents by path within the chart */
export async function pack(files: Readonly<Record<string, string>>): Promise<PackedChart> {
  const chart = loadChart(
    Object.entries(files).map(([name, text]) => ({ name, data: Buffer.from(text) })),
    { unpack: () => [] },
  );
  return { metadata: chart.metadata, archive: await packChart(chart) };
}

export async function startChartRepository(
  tls: Certificate,
  credentials?: { username: string; password: string },
): Promise<ChartRepository> {
  const charts: PackedChart[] = [];
  const fileOf = ({ metadata }: PackedChart) => `${metadata.name}-${metadata.version}.tgz`;
  const index = () => {
    const entries: Record<string, object[]> = {};
    for (const chart of charts)
      (entries[chart.metadata.name] ??= []).push({
        apiVersion: 'v2',
        name: chart.metadata.name,
        version: chart.metadata.version,
        digest: createHash('sha256').update(chart.archive).digest('hex'),
        urls: [fileOf(chart)],
      });
    // JSON is YAML, too.
    return JSON.stringify({ apiVersion: 'v1', entries });
  };
  const pair = `${credentials?.username ?? ''}:${credentials?.password ?? ''}`;
  const basic = `Basic ${Buffer.from(pair).toString('base64')}`;
  const server = await serveHttps(tls, (request, response) => {
    const file = (request.url ?? '').slice(1);
    const chart = charts.find((each) => fileOf(each) === file);
    const body = file === 'index.yaml' ? index() : chart?.archive;
    if (credentials !== undefined && request.headers.authorization !== basic)
      response.writeHead(401).end();
    else if (body === undefined) response.writeHead(404).end();
    else response.end(body);
  });
  return {
    url: server.url,
    publish: (chart) => {
      charts.push(chart);
    },
    close: () => server.close(),
  };
}
