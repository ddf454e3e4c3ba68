/** `search hub` (helm 3.19 cmd/helm/search_hub.go). */
import { httpGet } from '../fetch/http.ts';
import { parseJson } from '../yaml/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';
import { command, refuse } from './context.ts';
import { outputFlag } from './flags.ts';
import { fields, json, outputFormat, table, yaml } from './print.ts';

const mostBytes = 32 * 1024 * 1024;

export const searchHub = command({
  usage: 'search hub [KEYWORD]',
  help: 'Asks the Artifact Hub, or another hub of its kind, for charts.',
  args: { least: 0 },
  flags: [
    outputFlag,
    {
      name: 'endpoint',
      type: 'string',
      default: 'https://hub.helm.sh',
      help: 'Hub instance to query for charts',
    },
    {
      name: 'fail-on-no-result',
      type: 'bool',
      default: false,
      help: 'search fails if no results are found',
    },
    {
      name: 'list-repo-url',
      type: 'bool',
      default: false,
      help: 'print charts repository URL',
    },
    {
      name: 'max-col-width',
      type: 'int',
      default: 50,
      shows: 'uint',
      help: 'maximum column width for output table',
    },
  ],
  run: async (context, words, flags) => {
    const format = outputFormat(flags.output);
    const url = new URL('api/chartsvc/v1/charts/search', `${flags.endpoint.replace(/\/+$/, '')}/`);
    url.searchParams.set('q', words.join(' '));
    const { body } = await httpGet(url.href, { maxBytes: mostBytes, signal: context.signal }).catch(
      () => {
        throw refuse(`unable to perform search against "${flags.endpoint}"`);
      },
    );
    const found = resultsOf(parseJson(Buffer.from(body).toString('utf8')), flags.endpoint);
    if (found.length === 0 && flags['fail-on-no-result']) throw refuse('no results found');
    if (format === 'table') {
      const head = ['URL', 'CHART VERSION', 'APP VERSION', 'DESCRIPTION'];
      const rows = found.map((each) => [each.url, each.version, each.appVersion, each.description]);
      const [heads, cells] = flags['list-repo-url']
        ? [[...head, 'REPO URL'], rows.map((row, at) => [...row, found[at]?.repositoryUrl ?? ''])]
        : [head, rows];
      context.out(
        rows.length === 0 ? 'No results found\n' : table([heads, ...cells], flags['max-col-width']),
      );
      return;
    }
    const items = found.map((each) =>
      fields([
        ['url', each.url],
        ['version', each.version],
        ['app_version', each.appVersion],
        ['description', each.description],
        [
          'repository',
          fields([
            ['url', each.repositoryUrl],
            ['name', each.repositoryName],
          ]),
        ],
      ]),
    );
    context.out(format === 'json' ? json(items) : yaml(items));
  },
});

function resultsOf(answer: GoValue, endpoint: string) {
  const data = answer instanceof Map ? answer.get('data') : undefined;
  return (Array.isArray(data) ? data : []).flatMap((item) => {
    if (!(item instanceof Map)) return [];
    const attributes = tableIn(item, 'attributes');
    const newest = tableIn(tableIn(tableIn(item, 'relationships'), 'latestChartVersion'), 'data');
    const repository = tableIn(attributes, 'repo');
    const hub = tableIn(item, 'artifactHub');
    const url = textIn(hub, 'packageUrl');
    return [
      {
        url: url === '' ? `${endpoint}/charts/${textIn(item, 'id')}` : url,
        version: textIn(newest, 'version'),
        appVersion: textIn(newest, 'app_version'),
        description: textIn(attributes, 'description'),
        repositoryUrl: textIn(repository, 'url'),
        repositoryName: textIn(repository, 'name'),
      },
    ];
  });
}

function tableIn(map: GoMap, key: string): GoMap {
  const value = map.get(key);
  return value instanceof Map ? value : new Map();
}

function textIn(map: GoMap, key: string): string {
  const value = map.get(key);
  return typeof value === 'string' ? value : '';
}
