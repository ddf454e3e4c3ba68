/** `install` (helm 3.19 cmd/helm/install.go). */
import { messageOf } from '../../runtime/mod.ts';
import type { FlagValues } from '../../runtime/mod.ts';
import type { Release } from '../storage/mod.ts';
import type { applyFlags } from './apply-flags.ts';
import { hideSecretFlag, installFlags } from './apply-flags.ts';
import { dryRunOf, nameAndChart, readInstallable } from './chart-input.ts';
import { command, refuse } from './context.ts';
import type { CommandContext } from './context.ts';
import { outputFlag } from './flags.ts';
import { postRendererOf } from './post-renderer.ts';
import { outputFormat } from './print.ts';
import { printRelease } from './status-print.ts';

export const install = command({
  usage: 'install [NAME] [CHART]',
  help: `Installs a chart: a folder, an archive, a URL, a chart of a repository (repo/name) or of an OCI registry.

Values come from the chart, then from --values files in their order, then from --set-json, --set, --set-string,
--set-file and --set-literal; what is named last wins.`,
  args: { least: 1 },
  flags: [...installFlags, hideSecretFlag, outputFlag],
  run: async (context, args, flags, given) => {
    const format = outputFormat(flags.output);
    const release = await runInstall(context, args, flags, given, {
      generate: flags['generate-name'],
      template: flags['name-template'],
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

type ApplyValues = FlagValues<typeof applyFlags> & { 'hide-secret': boolean };

/** Also what `upgrade --install` does when there is no such release. */
export async function runInstall(
  context: CommandContext,
  args: readonly string[],
  flags: ApplyValues,
  given: ReadonlySet<string>,
  how: { generate: boolean; template: string; replace: boolean },
): Promise<Release> {
  const { name, reference } = await nameAndChart(args, how, context.clock);
  const { chart, values } = await readInstallable(reference, flags, context);
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
    force: flags.force,
    ...(await runOptions(context, flags)),
    ...(dryRun === undefined ? {} : { dryRun }),
  });
}

/** What install and upgrade read alike. */
export async function runOptions(context: CommandContext, flags: ApplyValues) {
  const postRender = await postRendererOf(flags, context.env);
  return {
    timeoutMs: flags.timeout,
    wait: flags.wait,
    waitForJobs: flags['wait-for-jobs'],
    disableHooks: flags['no-hooks'],
    disableOpenApiValidation: flags['disable-openapi-validation'],
    skipSchemaValidation: flags['skip-schema-validation'],
    description: flags.description,
    atomic: flags.atomic,
    enableDns: flags['enable-dns'],
    subNotes: flags['render-subchart-notes'],
    hideSecret: flags['hide-secret'],
    labels: labelsOf(flags.labels),
    takeOwnership: flags['take-ownership'],
    signal: context.signal,
    ...(postRender === undefined ? {} : { postRender }),
  };
}

/** `key=value` pairs. @throws HelmError as pflag words it */
function labelsOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 0)
        throw refuse(
          `invalid argument "${pairs.join(',')}" for "-l, --labels" flag: ${pair} must be formatted as key=value`,
        );
      return [pair.slice(0, at), pair.slice(at + 1)] as const;
    }),
  );
}
