/** The `crds/` folders of a chart tree. */
import type { Chart, ChartFile } from './chart.ts';

/** Manifest files of `crds/`, sub-charts after their parent, with the path that `# Source:` shows. */
export function crdFiles(
  chart: Chart,
  path = chart.metadata.name,
): { path: string; file: ChartFile }[] {
  const own = chart.files
    .filter((file) => file.name.startsWith('crds/') && /\.(yaml|yml|json)$/i.test(file.name))
    .map((file) => ({ path: `${path}/${file.name}`, file }));
  return [
    ...own,
    ...chart.dependencies.flatMap((child) =>
      crdFiles(child, `${path}/charts/${child.metadata.name}`),
    ),
  ];
}
