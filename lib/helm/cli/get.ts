/** `status` and `get …`: what is stored of a release (helm 3.19 cmd/helm/get*.go). */
import { coalesceValues, document } from '../chart/mod.ts';
import { metadataFields } from '../storage/encode.ts';
import type { Release } from '../storage/mod.ts';
import { GoInt } from '../values/mod.ts';
import type { GoValue } from '../values/mod.ts';
import { compareText, parseJsonMap, writeJson } from '../yaml/mod.ts';
import { command, refuse } from './context.ts';
import type { CommandContext } from './context.ts';
import { outputFlag, revisionFlag } from './flags.ts';
import { fields, json, outputFormat, secondTime, yaml } from './print.ts';
import { goRelease } from './go-release.ts';
import { resourcesOf } from './release-resources.ts';
import { printRelease } from './status-print.ts';

async function stored(
  context: CommandContext,
  releaseName: string,
  revision: number,
): Promise<Release> {
  const { engine } = await context.cluster();
  const target = { releaseName, namespace: await context.namespace() };
  const release =
    revision === 0 ? await engine.latest(target) : await engine.get({ ...target, revision });
  if (release === undefined) throw refuse('release: not found');
  return release;
}

const one = { least: 1, most: 1 };

export const status = command({
  usage: 'status RELEASE_NAME',
  help: 'display the status of the named release',
  args: one,
  flags: [
    outputFlag,
    {
      name: 'revision',
      type: 'int',
      default: 0,
      help: 'if set, display the status of the named release with revision',
    },
    {
      name: 'show-desc',
      type: 'bool',
      default: false,
      help: 'if set, display the description message of the named release',
    },
    {
      name: 'show-resources',
      type: 'bool',
      default: false,
      help: 'if set, display the resources of the named release',
    },
  ],
  run: async (context, [name = ''], flags) => {
    const format = outputFormat(flags.output);
    const release = await stored(context, name, flags.revision);
    const resources = flags['show-resources']
      ? await resourcesOf(context, release, format === 'table')
      : undefined;
    context.out(
      printRelease(release, format, {
        description: flags['show-desc'],
        withoutChart: true,
        ...(resources === undefined ? {} : { resources }),
      }),
    );
  },
});

export const getAll = command({
  usage: 'get all RELEASE_NAME',
  help: 'Prints all that is stored of a release: notes, hooks, values and manifest.',
  args: one,
  flags: [
    revisionFlag,
    {
      name: 'template',
      type: 'string',
      default: '',
      help: 'go template for formatting the output, eg: {{.Release.Name}}',
    },
  ],
  run: async (context, [name = ''], flags) => {
    const release = await stored(context, name, flags.revision);
    if (flags.template === '') {
      context.out(printRelease(release, 'table', { debug: true, metadata: true, stored: true }));
      return;
    }
    const { renderText } = await import('./text-template.ts');
    const data = new Map([['Release', goRelease(release)]]);
    context.out(renderText('tpl', flags.template, data, context.clock));
  },
});

export const getManifest = command({
  usage: 'get manifest RELEASE_NAME',
  help: 'download the manifest for a named release',
  args: one,
  flags: [revisionFlag],
  run: async (context, [name = ''], flags) => {
    context.out(`${(await stored(context, name, flags.revision)).manifest}\n`);
  },
});

export const getValues = command({
  usage: 'get values RELEASE_NAME',
  help: 'download the values file for a named release',
  args: one,
  flags: [
    outputFlag,
    revisionFlag,
    {
      name: 'all',
      short: 'a',
      type: 'bool',
      default: false,
      help: 'dump all (computed) values',
    },
  ],
  run: async (context, [name = ''], flags) => {
    const format = outputFormat(flags.output);
    const { chart, config } = await stored(context, name, flags.revision);
    const values: GoValue = flags.all
      ? coalesceValues({ ...chart, raw: [], dependencies: [] }, config)
      : config.size === 0
        ? null
        : config;
    if (format === 'json') context.out(json(values));
    else if (format === 'yaml') context.out(yaml(values));
    else context.out(`${flags.all ? 'COMPUTED' : 'USER-SUPPLIED'} VALUES:\n${yaml(values)}`);
  },
});

export const getNotes = command({
  usage: 'get notes RELEASE_NAME',
  help: 'download the notes for a named release',
  args: one,
  flags: [revisionFlag],
  run: async (context, [name = ''], flags) => {
    const { info } = await stored(context, name, flags.revision);
    if (info.notes !== '') context.out(`NOTES:\n${info.notes}\n`);
  },
});

export const getHooks = command({
  usage: 'get hooks RELEASE_NAME',
  help: 'download all hooks for a named release',
  args: one,
  flags: [revisionFlag],
  run: async (context, [name = ''], flags) => {
    const { hooks } = await stored(context, name, flags.revision);
    context.out(hooks.map(({ path, manifest }) => document(path, manifest)).join(''));
  },
});

export const getMetadata = command({
  usage: 'get metadata RELEASE_NAME',
  help: 'This command fetches metadata for a given release',
  args: one,
  flags: [
    outputFlag,
    {
      name: 'revision',
      type: 'int',
      default: 0,
      help: 'specify release revision',
    },
  ],
  run: async (context, [name = ''], flags) => {
    const format = outputFormat(flags.output);
    const release = await stored(context, name, flags.revision);
    const { metadata } = release.chart;
    const annotations = Object.entries(metadata.annotations ?? {});
    const dependencies = metadata.dependencies ?? [];
    const deployedAt = secondTime(release.info.lastDeployed);
    if (format === 'table') {
      const labels = annotations.map(([key, value]) => `${key}=${value}`).sort(compareText);
      const names = dependencies.map((each) => each.name).sort(compareText);
      context.out(
        [
          `NAME: ${release.name}`,
          `CHART: ${metadata.name}`,
          `VERSION: ${metadata.version}`,
          `APP_VERSION: ${metadata.appVersion ?? ''}`,
          `ANNOTATIONS: ${labels.join(',')}`,
          `DEPENDENCIES: ${names.join(',')}`,
          `NAMESPACE: ${release.namespace}`,
          `REVISION: ${release.version}`,
          `STATUS: ${release.info.status}`,
          `DEPLOYED_AT: ${deployedAt}\n`,
        ].join('\n'),
      );
      return;
    }
    const whole = parseJsonMap(writeJson(metadataFields(metadata)));
    const optional = (key: string) => {
      const value = whole.get(key);
      return value === undefined ? [] : [[key, value] as const];
    };
    const value = fields([
      ['name', release.name],
      ['chart', metadata.name],
      ['version', metadata.version],
      ['appVersion', metadata.appVersion ?? ''],
      ...optional('annotations'),
      ...optional('dependencies'),
      ['namespace', release.namespace],
      ['revision', GoInt.int(release.version)],
      ['status', release.info.status],
      ['deployedAt', deployedAt],
    ]);
    context.out(format === 'json' ? json(value) : yaml(value));
  },
});
