/** `show chart` and `show values`. */
import { cacheFolderOf } from './cache-folder.ts';
import { command } from './context.ts';
import type { CommandContext } from './context.ts';
import { readChartFiles } from './chart-input.ts';
import { chartFlags } from './flags.ts';
import { metadataFields } from '../storage/encode.ts';
import { yaml } from './print.ts';

const shown = (
  what: string,
  help: string,
  print: (chart: Awaited<ReturnType<typeof readChartFiles>>, context: CommandContext) => void,
) =>
  command({
    usage: `show ${what} [CHART]`,
    help,
    args: { least: 1, most: 1 },
    flags: chartFlags,
    run: async (context, [reference = ''], flags) => {
      print(await readChartFiles(reference, flags, context, cacheFolderOf(context.env)), context);
    },
  });

export const showChart = shown('chart', "show the chart's definition", ({ metadata }, { out }) =>
  out(`${yaml(metadataFields(metadata))}\n`),
);

export const showValues = shown('values', "show the chart's values", ({ raw }, { out }) => {
  const file = raw.find(({ name }) => name === 'values.yaml');
  out(`${file === undefined ? '' : new TextDecoder().decode(file.data)}\n`);
});
