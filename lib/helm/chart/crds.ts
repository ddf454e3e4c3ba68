/** The `crds/` folders of a chart tree. */
import { chartPath, joined } from './chart.ts';
import type { Chart, ChartFile } from './chart.ts';

/** Manifest files of `crds/`, sub-charts after their parent, with the path that `# Source:` shows. */
export function crdFiles(
  chart: Chart,
  path = chartPath(chart),
): { path: string; file: ChartFile }[] {
  const own = chart.files
    .filter((file) => file.name.startsWith('crds/') && /\.(yaml|yml|json)$/i.test(file.name))
    .map((file) => ({ path: joined(path, file.name), file }));
  return [
    ...own,
    ...chart.dependencies.flatMap((child) => crdFiles(child, chartPath(child, path))),
  ];
}
