/** `search repo` (helm 3.19 cmd/helm/search_repo.go and search/search.go). */
import { compareVersions, parseConstraint, parseVersion } from '../../policy/mod.ts';
import type { Constraint } from '../../policy/mod.ts';
import { messageOf } from '../../runtime/mod.ts';
import type { ChartVersion } from '../fetch/chart-index.ts';
import { readRepositories } from '../fetch/repositories.ts';
import { readCachedIndex } from '../fetch/repository-update.ts';
import { compareText } from '../yaml/mod.ts';
import { command, refuse } from './context.ts';
import type { CommandContext } from './context.ts';
import { outputFlag } from './flags.ts';
import { fields, json, outputFormat, table, yaml } from './print.ts';

export const searchRepo = command({
  usage: 'search repo [keyword]',
  help: 'Looks for charts in the repositories that have names; `repo update` brings their indexes up to date.',
  args: { least: 0 },
  flags: [
    outputFlag,
    {
      name: 'devel',
      type: 'bool',
      default: false,
      help: "use development versions (alpha, beta, and release candidate releases), too. Equivalent to version '>0.0.0-0'. If --version is set, this is ignored",
    },
    {
      name: 'fail-on-no-result',
      type: 'bool',
      default: false,
      help: 'search fails if no results are found',
    },
    {
      name: 'max-col-width',
      type: 'int',
      default: 50,
      shows: 'uint',
      help: 'maximum column width for output table',
    },
    {
      name: 'regexp',
      short: 'r',
      type: 'bool',
      default: false,
      help: 'use regular expressions for searching repositories you have added',
    },
    {
      name: 'version',
      type: 'string',
      default: '',
      help: 'search using semantic versioning constraints on repositories you have added',
    },
    {
      name: 'versions',
      short: 'l',
      type: 'bool',
      default: false,
      help: 'show the long listing, with each version of each chart on its own line, for repositories you have added',
    },
  ],
  run: async (context, words, flags) => {
    const format = outputFormat(flags.output);
    const version = flags.version || (flags.devel ? '>0.0.0-0' : '>0.0.0');
    const candidates = await candidatesIn(context);
    const term = words.join(' ');
    const matching = words.length === 0 ? candidates : search(candidates, term, flags.regexp);
    const range = rangeOf(version);
    const seen = new Set<string>();
    const found = matching.sort(inOrder).filter(({ name, chart }) => {
      if (!flags.versions && seen.has(name)) return false;
      const parsed = parseVersion(chart.metadata.version);
      if (parsed === undefined || !range.allows(parsed)) return false;
      seen.add(name);
      return true;
    });
    if (found.length === 0 && flags['fail-on-no-result']) throw refuse('no results found');
    const rows = found.map(({ name, chart: { metadata } }) => [
      name,
      metadata.version,
      metadata.appVersion ?? '',
      metadata.description ?? '',
    ]);
    if (format === 'table') {
      const head = ['NAME', 'CHART VERSION', 'APP VERSION', 'DESCRIPTION'];
      context.out(
        rows.length === 0 ? 'No results found\n' : table([head, ...rows], flags['max-col-width']),
      );
      return;
    }
    const names = ['name', 'version', 'app_version', 'description'];
    const items = rows.map((row) =>
      fields(names.map((name, at) => [name, row[at] ?? ''] as const)),
    );
    context.out(format === 'json' ? json(items) : yaml(items));
  },
});

interface Candidate {
  /** `repository/chart`. */
  name: string;
  /** What is searched: names, description, keywords. */
  line: string;
  chart: ChartVersion;
  /** Smaller is better: which of the parts matched. */
  score: number;
}

const separator = '\v';

async function candidatesIn(context: CommandContext): Promise<Candidate[]> {
  const { repositoryConfig, repositoryCache } = context.settings;
  const known = (await readRepositories(repositoryConfig)) ?? [];
  if (known.length === 0) throw refuse('no repositories configured');
  const found: Candidate[] = [];
  for (const { name: repository } of known) {
    try {
      const { entries } = await readCachedIndex(repositoryCache, repository);
      for (const [key, versions] of entries) {
        for (const chart of versions) {
          const { name, description = '', keywords = [] } = chart.metadata;
          found.push({
            name: `${repository}/${key}`,
            line: [name, `${repository}/${name}`, description, keywords.join(' ')].join(separator),
            chart,
            score: 0,
          });
        }
      }
    } catch (thrown) {
      context.err(
        `WARNING: Repo "${repository}" is corrupt or missing. Try 'helm repo update'.\nWARNING: ${messageOf(thrown)}\n`,
      );
    }
  }
  return found;
}

function search(candidates: readonly Candidate[], term: string, regexp: boolean): Candidate[] {
  const pattern = regexp ? patternOf(term) : undefined;
  const wanted = term.toLowerCase();
  return candidates.flatMap((each) => {
    const line = regexp ? each.line : each.line.toLowerCase();
    const at = pattern === undefined ? line.indexOf(wanted) : line.search(pattern);
    return at < 0 ? [] : [{ ...each, score: line.slice(0, at).split(separator).length - 1 }];
  });
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch (thrown) {
    throw refuse(`error parsing regexp: ${messageOf(thrown)}`);
  }
}

function rangeOf(text: string): Constraint {
  try {
    return parseConstraint(text);
  } catch (thrown) {
    throw refuse(`an invalid version/constraint format: ${messageOf(thrown)}`);
  }
}

function inOrder(a: Candidate, b: Candidate): number {
  if (a.score !== b.score) return a.score - b.score;
  if (a.name !== b.name) return compareText(a.name, b.name);
  const [left, right] = [
    parseVersion(a.chart.metadata.version),
    parseVersion(b.chart.metadata.version),
  ];
  return left === undefined || right === undefined ? 0 : compareVersions(right, left);
}
