/** `show all|chart|crds|readme|values` (helm 3.19 pkg/action/show.go). */
import { crdFiles } from '../chart/mod.ts';
import type { Chart } from '../chart/mod.ts';
import { metadataFields } from '../storage/encode.ts';
import { command, refuse } from './context.ts';
import { readChartFiles } from './chart-input.ts';
import { chartPathFlags, develFlag } from './flags.ts';
import { yaml } from './print.ts';
import { textOfBytes } from '../values/mod.ts';

const decode = textOfBytes;

const chartText = ({ metadata }: Chart) => `${yaml(metadataFields(metadata))}\n`;

function valuesText({ raw }: Chart): string {
  const files = raw.filter(({ name }) => name === 'values.yaml');
  return files.map(({ data }) => `${decode(data)}\n`).join('');
}

function readmeText({ files }: Chart): string | undefined {
  const file = files.find(({ name }) => /^readme(?:\.md|\.txt)?$/i.test(name));
  return file === undefined ? undefined : `${decode(file.data)}\n`;
}

const crdsText = (chart: Chart) => crdFiles(chart).map(({ file }) => `${decode(file.data)}\n`);

function allText(chart: Chart): string {
  const hasValues = chart.raw.some(({ name }) => name === 'values.yaml');
  const readme = readmeText(chart);
  const crds = crdsText(chart);
  const separated = crds[0]?.startsWith('---') === true ? '' : '---\n';
  return [
    chartText(chart),
    hasValues ? `---\n${valuesText(chart)}` : '',
    readme === undefined ? '' : `---\n${readme}`,
    crds.length === 0 ? '' : `${separated}${crds.join('')}`,
  ].join('');
}

const shown = (what: string, help: string, text: (chart: Chart) => string) =>
  command({
    usage: `show ${what} [CHART]`,
    help,
    args: { least: 1, most: 1 },
    flags: [...chartPathFlags, develFlag],
    run: async (context, [reference = ''], flags) => {
      context.out(text(await readChartFiles(reference, flags, context)));
    },
  });

export const showAll = shown('all', 'Prints Chart.yaml, values, README and CRDs.', allText);
export const showChart = shown('chart', 'Prints what Chart.yaml says.', chartText);
export const showReadme = shown('readme', 'Prints the README.', (chart) => readmeText(chart) ?? '');
export const showCrds = shown('crds', 'Prints the CRDs.', (chart) => crdsText(chart).join(''));

export const showValues = command({
  usage: 'show values [CHART]',
  help: 'Prints values.yaml, or what a JSONPath template takes of it.',
  args: { least: 1, most: 1 },
  flags: [
    ...chartPathFlags,
    develFlag,
    {
      name: 'jsonpath',
      type: 'string',
      default: '',
      help: 'supply a JSONPath expression to filter the output',
    },
  ],
  run: async (context, [reference = ''], flags) => {
    const chart = await readChartFiles(reference, flags, context);
    if (flags.jsonpath === '') {
      context.out(valuesText(chart));
      return;
    }
    const { jsonPath, JsonPathError } = await import('./json-path.ts');
    try {
      context.out(jsonPath(flags.jsonpath, chart.values));
    } catch (thrown) {
      if (!(thrown instanceof JsonPathError)) throw thrown;
      throw refuse(`error parsing jsonpath ${flags.jsonpath}: ${thrown.message}`);
    }
  },
});
