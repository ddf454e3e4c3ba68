/** `package` (helm 3.19 pkg/action/package.go). */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseVersion } from '../../policy/mod.ts';
import type { Chart } from '../chart/mod.ts';
import { loadChartPath } from '../fetch/directory.ts';
import { packChart } from '../fetch/pack.ts';
import { signChart } from '../fetch/provenance.ts';
import { missingDependencies, warnTo } from './chart-input.ts';
import { command, refuse } from './context.ts';
import type { CommandContext } from './context.ts';
import { updateCharts } from './dependency.ts';
import { transportFlags } from './flags.ts';
import { keyringOf } from './transfer.ts';

export const packageCharts = command({
  usage: 'package [CHART_PATH] [...]',
  help: `Makes archives of chart folders. With --sign a .prov file is written beside each, which \`verify\` and the --verify
flags of other commands read.`,
  args: { least: 0 },
  flags: [
    ...transportFlags,
    {
      name: 'sign',
      type: 'bool',
      default: false,
      help: 'use a PGP private key to sign this package',
    },
    {
      name: 'key',
      type: 'string',
      default: '',
      help: 'name of the key to use when signing. Used if --sign is true',
    },
    {
      name: 'keyring',
      type: 'string',
      default: '',
      help: 'location of a public keyring',
    },
    {
      name: 'passphrase-file',
      type: 'string',
      default: '',
      help: 'location of a file which contains the passphrase for the signing key. Use "-" in order to read from stdin.',
    },
    {
      name: 'version',
      type: 'string',
      default: '',
      help: 'set the version on the chart to this semver version',
    },
    {
      name: 'app-version',
      type: 'string',
      default: '',
      help: 'set the appVersion on the chart to this version',
    },
    {
      name: 'destination',
      short: 'd',
      type: 'string',
      default: '.',
      help: 'location to write the chart.',
    },
    {
      name: 'dependency-update',
      short: 'u',
      type: 'bool',
      default: false,
      help: 'update dependencies from "Chart.yaml" to dir "charts/" before packaging',
    },
  ],
  run: async (context, folders, flags) => {
    if (folders.length === 0) throw refuse('need at least one argument, the path to the chart');
    if (flags.sign && flags.key === '') throw refuse('--key is required for signing a package');
    for (const given of folders) {
      const folder = path.resolve(given);
      await stat(folder).catch(() => {
        throw refuse(`stat ${given}: no such file or directory`);
      });
      if (flags['dependency-update']) {
        const quiet = { ...context, out: () => undefined };
        await updateCharts(folder, quiet, { ...flags, verify: false, 'skip-refresh': false });
      }
      const chart = versioned(
        await loadChartPath(folder, { warn: warnTo(context) }),
        flags.version,
        flags['app-version'],
      );
      const { metadata } = chart;
      const missing = missingDependencies(chart);
      if (missing.length > 0) {
        throw refuse(
          `found in Chart.yaml, but missing in charts/ directory: ${missing.join(', ')}`,
        );
      }
      const destination = path.resolve(flags.destination);
      await mkdir(destination, { recursive: true });
      const name = `${metadata.name}-${metadata.version}.tgz`;
      const file = path.join(destination, name);
      const archive = await packChart(chart, context.clock.now());
      await writeFile(file, archive);
      if (flags.sign) {
        const passphrase = await passphraseOf(flags['passphrase-file'], context);
        const text = await signChart(
          archive,
          name,
          metadata,
          {
            keyring: keyringOf(flags.keyring, context),
            name: flags.key,
            ...(passphrase === undefined ? {} : { passphrase }),
          },
          context.env,
        );
        await writeFile(`${file}.prov`, text);
      }
      const shown = flags.destination === '.' ? file : path.join(flags.destination, name);
      context.out(`Successfully packaged chart and saved it to: ${shown}\n`);
    }
  },
});

function versioned(chart: Chart, version: string, appVersion: string): Chart {
  const metadata = {
    ...chart.metadata,
    ...(version === '' ? {} : { version }),
    ...(appVersion === '' ? {} : { appVersion }),
  };
  if (parseVersion(metadata.version) === undefined) throw refuse('Invalid Semantic Version');
  return { ...chart, metadata };
}

/** The first line of a file, or of the input. */
async function passphraseOf(file: string, context: CommandContext): Promise<string | undefined> {
  if (file === '') return undefined;
  const text = file === '-' ? await context.readInput() : await readFile(file, 'utf8');
  return text.split(/\r?\n/, 1)[0] ?? '';
}
