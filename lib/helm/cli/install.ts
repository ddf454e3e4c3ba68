/** `install` (helm 3.19 cmd/helm/install.go). */
import { messageOf } from '../../runtime/mod.ts';
import type { FlagValues } from '../../runtime/mod.ts';
import type { Release } from '../storage/mod.ts';
import { cacheFolderOf } from './cache-folder.ts';
import { checkInstallable, dryRunOf, nameAndChart, readChart, readValues } from './chart-input.ts';
import { command, refuse } from './context.ts';
import type { CommandContext } from './context.ts';
import { applyFlags, nameFlags, outputFlag } from './flags.ts';
import { outputFormat } from './print.ts';
import { printRelease } from './status-print.ts';

export const install = command({
  usage: 'install [NAME] [CHART]',
  help: 'install a chart',
  args: { least: 1 },
  flags: [...applyFlags, ...nameFlags, outputFlag],
  run: async (context, args, flags, given) => {
    const format = outputFormat(flags.output);
    const release = await runInstall(context, args, flags, given, {
      generate: flags['generate-name'],
      replace: flags.replace,
    }).catch((thrown: unknown) => {
      throw refuse(`INSTALLATION FAILED: ${messageOf(thrown)}`);
    });
    context.out(
      printRelease(release, format, {
        debug: context.global.debug,
        hideNotes: flags['hide-notes'],
      }),
    );
  },
});

/** Also what `upgrade --install` does when there is no such release. */
export async function runInstall(
  context: CommandContext,
  args: readonly string[],
  flags: FlagValues<typeof applyFlags>,
  given: ReadonlySet<string>,
  how: { generate: boolean; replace: boolean },
): Promise<Release> {
  const { name, reference } = nameAndChart(args, how.generate, () =>
    Math.floor(context.clock.now().getTime() / 1000),
  );
  const values = await readValues(flags, context);
  const chart = await readChart(reference, flags, context, cacheFolderOf(context.env));
  checkInstallable(chart);
  if (chart.metadata.deprecated === true) context.err('WARNING: This chart is deprecated\n');
  const dryRun = dryRunOf(flags['dry-run'], given.has('dry-run'));
  const { engine } = await context.cluster();
  return engine.install({
    releaseName: name,
    namespace: await context.namespace(),
    chart,
    values,
    skipCrds: flags['skip-crds'],
    createNamespace: flags['create-namespace'],
    replace: how.replace,
    ...runOptions(context, flags),
    ...(dryRun === undefined ? {} : { dryRun }),
  });
}

/** What install and upgrade read alike. */
export function runOptions(context: CommandContext, flags: FlagValues<typeof applyFlags>) {
  return {
    timeoutMs: flags.timeout,
    wait: flags.wait,
    waitForJobs: flags['wait-for-jobs'],
    disableHooks: flags['no-hooks'],
    disableOpenApiValidation: flags['disable-openapi-validation'],
    description: flags.description,
    atomic: flags.atomic,
    signal: context.signal,
  };
}
