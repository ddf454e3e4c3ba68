/** Charts to render: our own, and from a checkout of github.com/helm/charts with their dependencies beside them. */
import { cp, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseYaml } from '../lib/helm/yaml/mod.ts';

const own = fileURLToPath(new URL('../chart/podinfo', import.meta.url));

const public_ = [
  'incubator/kafka',
  'stable/wordpress',
  'stable/jenkins',
  'stable/airflow',
  'stable/prometheus-operator',
] as const;

export interface BenchChart {
  name: string;
  folder: string;
}

/**
 * Copies the charts into a folder and puts what their requirements name into `charts/`, whatever its version.
 *
 * @param checkout of helm/charts; without it only our own chart is there
 */
export async function prepareCharts(
  folder: string,
  checkout: string | undefined,
): Promise<BenchChart[]> {
  const charts: BenchChart[] = [{ name: 'chart/podinfo', folder: own }];
  if (checkout === undefined) return charts;
  for (const name of public_) {
    const target = path.join(folder, path.basename(name));
    await copyChart(path.join(checkout, name), target, checkout);
    charts.push({ name, folder: target });
  }
  return charts;
}

async function copyChart(source: string, target: string, checkout: string): Promise<void> {
  await cp(source, target, { recursive: true });
  const has = await namesIn(path.join(target, 'charts'));
  for (const name of await requirementsOf(source)) {
    if (has.includes(name)) continue;
    // First the folder that the chart is in, then the other one.
    const candidates = [path.dirname(source), `${checkout}/stable`, `${checkout}/incubator`];
    for (const candidate of candidates.map((each) => path.join(each, name))) {
      if (!(await namesIn(candidate)).includes('Chart.yaml')) continue;
      await copyChart(candidate, path.join(target, 'charts', name), checkout);
      break;
    }
  }
}

/** Nothing where there is no such folder. */
const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

async function requirementsOf(chart: string): Promise<string[]> {
  const text = await readFile(path.join(chart, 'requirements.yaml'), 'utf8').catch(() => '');
  const parsed = parseYaml(text);
  const listed = parsed instanceof Map ? parsed.get('dependencies') : undefined;
  if (!Array.isArray(listed)) return [];
  return listed.flatMap((each) => {
    const name = each instanceof Map ? each.get('name') : undefined;
    return typeof name === 'string' ? [name] : [];
  });
}
