/** `upgrade` (helm 3.19 cmd/helm/upgrade.go). */
import { messageOf } from '../../runtime/mod.ts';
import type { UpgradeOptions } from '../action/mod.ts';
import type { GoMap } from '../values/mod.ts';
import { upgradeFlags } from './apply-flags.ts';
import { dryRunOf, readChart, readValues, warnOfDeprecated } from './chart-input.ts';
import { command, refuse } from './context.ts';
import { outputFlag } from './flags.ts';
import { runInstall, runOptions } from './install.ts';
import { outputFormat } from './print.ts';
import { printRelease } from './status-print.ts';

export const upgrade = command({
  usage: 'upgrade [RELEASE] [CHART]',
  help: `Brings a release to another version of its chart, or to other values.

Without values on the command line those of the last revision are used again; --reset-values, --reuse-values and
--reset-then-reuse-values say what else should become of them. With --install a release that is not there is installed.`,
  args: { least: 2, most: 2 },
  flags: [...upgradeFlags, outputFlag],
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
          template: '',
          replace: uninstalled,
        });
        context.out(printRelease(release, format, shown));
        return;
      }
    }
    let dryRun: ReturnType<typeof dryRunOf>;
    let values: GoMap = new Map();
    const chart = await readChart(reference, flags, context, {
      located: async () => {
        dryRun = dryRunOf(flags['dry-run'], given.has('dry-run'));
        values = await readValues(flags, context);
      },
    });
    warnOfDeprecated(chart, context);
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
        ...(await runOptions(context, flags)),
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
