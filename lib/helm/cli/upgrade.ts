/** `upgrade` (helm 3.19 cmd/helm/upgrade.go). */
import { messageOf } from '../../runtime/mod.ts';
import type { UpgradeOptions } from '../action/mod.ts';
import { cacheFolderOf } from './cache-folder.ts';
import { dryRunOf, readChart, readValues } from './chart-input.ts';
import { command, refuse } from './context.ts';
import { applyFlags, outputFlag } from './flags.ts';
import { runInstall, runOptions } from './install.ts';
import { outputFormat } from './print.ts';
import { printRelease } from './status-print.ts';

export const upgrade = command({
  usage: 'upgrade [RELEASE] [CHART]',
  help: 'upgrade a release',
  args: { least: 2, most: 2 },
  flags: [
    ...applyFlags,
    outputFlag,
    {
      name: 'install',
      short: 'i',
      type: 'bool',
      default: false,
      help: "if a release by this name doesn't already exist, run an install",
    },
    {
      name: 'reset-values',
      type: 'bool',
      default: false,
      help: 'when upgrading, reset the values to the ones built into the chart',
    },
    {
      name: 'reuse-values',
      type: 'bool',
      default: false,
      help: "when upgrading, reuse the last release's values and merge in any overrides from the command line via --set and -f. If '--reset-values' is specified, this is ignored",
    },
    {
      name: 'reset-then-reuse-values',
      type: 'bool',
      default: false,
      help: "when upgrading, reset the values to the ones built into the chart, apply the last release's values and merge in any overrides from the command line via --set and -f. If '--reset-values' or '--reuse-values' is specified, this is ignored",
    },
    {
      name: 'history-max',
      type: 'int',
      default: 10,
      env: 'HELM_MAX_HISTORY',
      help: 'limit the maximum number of revisions saved per release. Use 0 for no limit',
    },
    {
      name: 'cleanup-on-fail',
      type: 'bool',
      default: false,
      help: 'allow deletion of new resources created in this upgrade when upgrade fails',
    },
  ],
  run: async (context, args, flags, given) => {
    const [releaseName = '', reference = ''] = args;
    const format = outputFormat(flags.output);
    const namespace = await context.namespace();
    const { engine } = await context.cluster();
    const shown = { debug: context.global.debug, hideNotes: flags['hide-notes'] };
    if (flags.install) {
      const newest = await engine.latest({ releaseName, namespace });
      const uninstalled = newest?.info.status === 'uninstalled';
      if (newest === undefined || uninstalled) {
        if (format === 'table')
          context.out(`Release "${releaseName}" does not exist. Installing it now.\n`);
        const release = await runInstall(context, args, flags, given, {
          generate: false,
          replace: uninstalled,
        });
        context.out(printRelease(release, format, shown));
        return;
      }
    }
    const values = await readValues(flags, context);
    const chart = await readChart(reference, flags, context, cacheFolderOf(context.env));
    if (chart.metadata.deprecated === true) context.err('WARNING: This chart is deprecated\n');
    const dryRun = dryRunOf(flags['dry-run'], given.has('dry-run'));
    const release = await engine
      .upgrade({
        releaseName,
        namespace,
        chart,
        values,
        previousValues: previousValues(flags),
        force: flags.force,
        cleanupOnFail: flags['cleanup-on-fail'],
        maxHistory: flags['history-max'],
        ...runOptions(context, flags),
        ...(dryRun === undefined ? {} : { dryRun }),
      })
      .catch((thrown: unknown) => {
        throw refuse(`UPGRADE FAILED: ${messageOf(thrown)}`);
      });
    if (format === 'table')
      context.out(`Release "${releaseName}" has been upgraded. Happy Helming!\n`);
    context.out(printRelease(release, format, shown));
  },
});

function previousValues(flags: {
  'reset-values': boolean;
  'reuse-values': boolean;
  'reset-then-reuse-values': boolean;
}): NonNullable<UpgradeOptions['previousValues']> {
  if (flags['reset-values']) return 'reset';
  if (flags['reuse-values']) return 'reuse';
  return flags['reset-then-reuse-values'] ? 'reset-then-reuse' : 'default';
}
