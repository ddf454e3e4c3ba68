/** `history` (helm 3.19 cmd/helm/history.go). */
import { GoInt } from '../values/mod.ts';
import { command, refuse } from './context.ts';
import { outputFlag } from './flags.ts';
import { ansiTime, fields, json, outputFormat, table, yaml } from './print.ts';

export const history = command({
  usage: 'history RELEASE_NAME',
  help: 'Lists the revisions of a release that are stored, oldest first.',
  args: { least: 1, most: 1 },
  flags: [
    outputFlag,
    {
      name: 'max',
      type: 'int',
      default: 256,
      help: 'maximum number of revision to include in history',
    },
  ],
  run: async (context, [releaseName = ''], flags) => {
    const format = outputFormat(flags.output);
    const { engine } = await context.cluster();
    const found = await engine.history({ releaseName, namespace: await context.namespace() });
    if (found.length === 0) throw refuse('release: not found');
    const releases = found.slice(Math.max(0, found.length - flags.max));
    const rows = releases.map(({ version, info, chart: { metadata } }) => ({
      revision: version,
      updated: info.lastDeployed,
      status: info.status,
      chart: `${metadata.name}-${metadata.version}`,
      appVersion: metadata.appVersion ?? '',
      description: info.description,
    }));
    if (format === 'table') {
      context.out(
        table([
          ['REVISION', 'UPDATED', 'STATUS', 'CHART', 'APP VERSION', 'DESCRIPTION'],
          ...rows.map((row) => [
            String(row.revision),
            ansiTime(row.updated),
            row.status,
            row.chart,
            row.appVersion,
            row.description,
          ]),
        ]),
      );
      return;
    }
    const items = rows.map((row) =>
      fields([
        ['revision', GoInt.int(row.revision)],
        ['updated', row.updated],
        ['status', row.status],
        ['chart', row.chart],
        ['app_version', row.appVersion],
        ['description', row.description],
      ]),
    );
    context.out(format === 'json' ? json(items) : yaml(items));
  },
});
