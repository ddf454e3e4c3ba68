/** `lint` (helm 3.19 cmd/helm/lint.go). */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { defaultCapabilities, parseKubeVersion } from '../chart/mod.ts';
import { readValues, warnTo } from './chart-input.ts';
import { command, refuse } from './context.ts';
import { skipSchemaFlag, valueFlags } from './flags.ts';
import { lintChart } from './lint/lint-chart.ts';
import { severities } from './lint/message.ts';

export const lint = command({
  usage: 'lint PATH',
  help: `Looks for mistakes in charts. [ERROR] is what would keep a chart from being installed, [WARNING] what breaks with
conventions.`,
  args: { least: 0 },
  flags: [
    ...valueFlags,
    skipSchemaFlag,
    { name: 'strict', type: 'bool', default: false, help: 'fail on lint warnings' },
    { name: 'quiet', type: 'bool', default: false, help: 'print only warnings and errors' },
    { name: 'with-subcharts', type: 'bool', default: false, help: 'lint dependent charts' },
    {
      name: 'kube-version',
      type: 'string',
      default: '',
      help: 'Kubernetes version used for capabilities and deprecation checks',
    },
  ],
  run: async (context, args, flags) => {
    const given = args.length === 0 ? ['.'] : [...args];
    const kubeVersion =
      flags['kube-version'] === '' ? undefined : parseKubeVersion(flags['kube-version']);
    if (flags['kube-version'] !== '' && kubeVersion === undefined) {
      throw refuse(
        `invalid kube version '${flags['kube-version']}': could not parse ${JSON.stringify(flags['kube-version'])} as version`,
      );
    }
    const below = flags['with-subcharts']
      ? await Promise.all(given.map((each) => chartsBelow(path.join(each, 'charts'))))
      : [];
    const paths = [...given, ...below.flat()];
    const namespace = await context.namespace();
    const values = await readValues(flags, context);
    let failed = 0;
    let noticed = 0;
    let text = '';
    for (const each of paths) {
      const { messages, problem } = await lintChart(each, {
        values,
        namespace,
        kubeVersion,
        capabilities: {
          ...defaultCapabilities,
          ...(kubeVersion === undefined ? {} : { kubeVersion }),
        },
        skipSchema: flags['skip-schema-validation'],
        clock: context.clock,
        warn: warnTo(context),
      });
      const least = flags.strict ? severities.warning : severities.error;
      const isBad = problem !== undefined || messages.some(({ severity }) => severity >= least);
      const isNoticed =
        problem !== undefined || messages.some(({ severity }) => severity > severities.info);
      if (isNoticed) noticed += 1;
      if (flags.quiet && !isNoticed) continue;
      text += `==> Linting ${each}\n`;
      if (messages.length === 0 && problem !== undefined) text += `Error ${problem}\n`;
      for (const { severity, path: where, text: what } of messages) {
        if (flags.quiet && severity <= severities.info) continue;
        text += `[${['UNKNOWN', 'INFO', 'WARNING', 'ERROR'][severity] ?? ''}] ${where}: ${what}\n`;
      }
      if (isBad) failed += 1;
      text += '\n';
    }
    context.out(text);
    const summary = `${paths.length} chart(s) linted, ${failed} chart(s) failed`;
    if (failed > 0) throw refuse(summary);
    if (!flags.quiet || noticed > 0) context.out(`${summary}\n`);
  },
});

/** Folders with a Chart.yaml and archives, however deep. */
async function chartsBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  const names = await readdir(folder).catch((): string[] => []);
  for (const name of names.sort()) {
    const full = path.join(folder, name);
    if ((await stat(full)).isDirectory()) found.push(...(await chartsBelow(full)));
    else if (name === 'Chart.yaml') found.push(folder);
    else if (/\.(?:tgz|tar\.gz)$/.test(name)) found.push(full);
  }
  return found;
}
