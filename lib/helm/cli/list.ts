/** `list` (helm 3.19 cmd/helm/list.go). */
import type { Clock } from '../../runtime/mod.ts';
import { releaseStatuses } from '../storage/mod.ts';
import type { Release, ReleaseStatus } from '../storage/mod.ts';
import { command, refuse } from './context.ts';
import { fields, goTime, json, outputFormat, table, yaml } from './print.ts';
import { selectorOf } from './selector.ts';
import { renderText } from './text-template.ts';

export const list = command({
  usage: 'list',
  help: 'Lists the releases of a namespace, or with -A of all of them: the newest revision of each.',
  args: { least: 0, most: 0 },
  flags: [
    {
      name: 'all',
      short: 'a',
      type: 'bool',
      default: false,
      help: 'show all releases without any filter applied',
    },
    {
      name: 'all-namespaces',
      short: 'A',
      type: 'bool',
      default: false,
      help: 'list releases across all namespaces',
    },
    {
      name: 'date',
      short: 'd',
      type: 'bool',
      default: false,
      help: 'sort by release date',
    },
    {
      name: 'deployed',
      type: 'bool',
      default: false,
      help: 'show deployed releases. If no other is specified, this will be automatically enabled',
    },
    {
      name: 'failed',
      type: 'bool',
      default: false,
      help: 'show failed releases',
    },
    {
      name: 'filter',
      short: 'f',
      type: 'string',
      default: '',
      help: 'a regular expression (Perl compatible). Any releases that match the expression will be included in the results',
    },
    {
      name: 'max',
      short: 'm',
      type: 'int',
      default: 256,
      help: 'maximum number of releases to fetch',
    },
    {
      name: 'no-headers',
      type: 'bool',
      default: false,
      help: "don't print headers when using the default output format",
    },
    {
      name: 'offset',
      type: 'int',
      default: 0,
      help: 'next release index in the list, used to offset from start value',
    },
    {
      name: 'output',
      short: 'o',
      type: 'string',
      default: 'table',
      shows: 'format',
      showsDefault: 'table',
      help: 'prints the output in the specified format. Allowed values: table, json, yaml',
    },
    {
      name: 'pending',
      type: 'bool',
      default: false,
      help: 'show pending releases',
    },
    {
      name: 'reverse',
      short: 'r',
      type: 'bool',
      default: false,
      help: 'reverse the sort order',
    },
    {
      name: 'selector',
      short: 'l',
      type: 'string',
      default: '',
      help: "Selector (label query) to filter on, supports '=', '==', and '!='.(e.g. -l key1=value1,key2=value2). Works only for secret(default) and configmap storage backends.",
    },
    {
      name: 'short',
      short: 'q',
      type: 'bool',
      default: false,
      help: 'output short (quiet) listing format',
    },
    {
      name: 'superseded',
      type: 'bool',
      default: false,
      help: 'show superseded releases',
    },
    {
      name: 'time-format',
      type: 'string',
      default: '',
      help: 'format time using golang time formatter. Example: --time-format "2006-01-02 15:04:05Z0700"',
    },
    {
      name: 'uninstalled',
      type: 'bool',
      default: false,
      help: "show uninstalled releases (if 'helm uninstall --keep-history' was used)",
    },
    {
      name: 'uninstalling',
      type: 'bool',
      default: false,
      help: 'show releases that are currently being uninstalled',
    },
  ],
  run: async (context, _args, flags) => {
    const format = outputFormat(flags.output);
    const { engine } = await context.cluster();
    const all = await engine.list({
      ...(flags['all-namespaces'] ? {} : { namespace: await context.namespace() }),
      statuses: statusesOf(flags),
    });
    const filter = patternOf(flags.filter);
    const selected = selectorOf(flags.selector);
    const matching = all.filter(
      (release) => (filter?.test(release.name) ?? true) && selected(labelsOf(release)),
    );
    if (flags.date) matching.sort((a, b) => lastDeployed(a) - lastDeployed(b));
    if (flags.reverse) matching.reverse();
    const end = flags.max === 0 ? matching.length : flags.offset + flags.max;
    const releases = matching.slice(flags.offset, end);
    if (flags.short) {
      const names = releases.map(({ name }) => name);
      context.out(
        format === 'json'
          ? json(names)
          : format === 'yaml'
            ? yaml(names)
            : names.map((name) => `${name}\n`).join(''),
      );
      return;
    }
    const rows = releases.map((release) => [
      release.name,
      release.namespace,
      String(release.version),
      timeOf(release.info.lastDeployed, flags['time-format'], context.clock),
      release.info.status,
      `${release.chart.metadata.name}-${release.chart.metadata.version}`,
      release.chart.metadata.appVersion ?? '',
    ]);
    if (format === 'table') {
      const headers = [
        'NAME',
        'NAMESPACE',
        'REVISION',
        'UPDATED',
        'STATUS',
        'CHART',
        'APP VERSION',
      ];
      context.out(table(flags['no-headers'] ? rows : [headers, ...rows]));
      return;
    }
    const names = ['name', 'namespace', 'revision', 'updated', 'status', 'chart', 'app_version'];
    const items = rows.map((row) =>
      fields(names.map((name, at) => [name, row[at] ?? ''] as const)),
    );
    context.out(format === 'json' ? json(items) : yaml(items));
  },
});

type Shown = 'deployed' | 'uninstalled' | 'uninstalling' | 'superseded' | 'failed';

function statusesOf(flags: Readonly<Record<Shown | 'all' | 'pending', boolean>>): ReleaseStatus[] {
  if (flags.all) return [...releaseStatuses];
  const wanted = releaseStatuses.filter((status) => {
    switch (status) {
      case 'pending-install':
      case 'pending-upgrade':
      case 'pending-rollback':
        return flags.pending;
      case 'unknown':
        return false;
      default:
        return flags[status];
    }
  });
  return wanted.length === 0 ? ['deployed', 'failed'] : wanted;
}

function patternOf(text: string): RegExp | undefined {
  if (text === '') return undefined;
  try {
    return new RegExp(text, 'u');
  } catch (cause) {
    throw refuse(`error parsing regexp: ${cause instanceof Error ? cause.message : text}`);
  }
}

const labelsOf = ({ name, version, info, labels }: Release): Record<string, string> => ({
  ...labels,
  name,
  owner: 'helm',
  status: info.status,
  version: String(version),
});

function timeOf(text: string, layout: string, clock: Clock): string {
  if (layout === '') return goTime(text);
  const data = new Map([
    ['layout', layout],
    ['time', text],
  ]);
  const template = '{{ toDate "2006-01-02T15:04:05.999999999Z07:00" .time | date .layout }}';
  return text === '' ? '-' : renderText('time-format', template, data, clock);
}

const lastDeployed = ({ info }: Release) => Date.parse(info.lastDeployed) || 0;
