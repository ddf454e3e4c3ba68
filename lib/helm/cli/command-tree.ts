/** The commands, their names and what loads them; a command's code is read when it is used. */
import type { Command } from './context.ts';

export interface CommandEntry {
  short: string;
  aliases?: readonly string[];
  /** None for a group such as `repo`. */
  load?: () => Promise<Command>;
  /** Not listed in the help. */
  hidden?: boolean;
}

/** A command whose flags are its own business. */
const of = (command: Command): Command => command;

/** By the words that call them. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  completion: { short: 'generate autocompletion scripts for the specified shell' },
  'completion bash': {
    short: 'generate autocompletion script for bash',
    load: async () => of((await import('./completion.ts')).bash),
  },
  'completion fish': {
    short: 'generate autocompletion script for fish',
    load: async () => of((await import('./completion.ts')).fish),
  },
  'completion powershell': {
    short: 'generate autocompletion script for powershell',
    load: async () => of((await import('./completion.ts')).powershell),
  },
  'completion zsh': {
    short: 'generate autocompletion script for zsh',
    load: async () => of((await import('./completion.ts')).zsh),
  },
  create: {
    short: 'create a new chart with the given name',
    load: async () => of((await import('./create.ts')).create),
  },
  dependency: { short: "manage a chart's dependencies", aliases: ['dep', 'dependencies'] },
  'dependency build': {
    short: 'rebuild the charts/ directory based on the Chart.lock file',
    load: async () => of((await import('./dependency.ts')).dependencyBuild),
  },
  'dependency list': {
    short: 'list the dependencies for the given chart',
    aliases: ['ls'],
    load: async () => of((await import('./dependency-list.ts')).dependencyList),
  },
  'dependency update': {
    short: 'update charts/ based on the contents of Chart.yaml',
    aliases: ['up'],
    load: async () => of((await import('./dependency.ts')).dependencyUpdate),
  },
  env: {
    short: 'helm client environment information',
    load: async () => of((await import('./env.ts')).env),
  },
  get: { short: 'download extended information of a named release' },
  'get all': {
    short: 'download all information for a named release',
    load: async () => of((await import('./get.ts')).getAll),
  },
  'get hooks': {
    short: 'download all hooks for a named release',
    load: async () => of((await import('./get.ts')).getHooks),
  },
  'get manifest': {
    short: 'download the manifest for a named release',
    load: async () => of((await import('./get.ts')).getManifest),
  },
  'get metadata': {
    short: 'This command fetches metadata for a given release',
    load: async () => of((await import('./get.ts')).getMetadata),
  },
  'get notes': {
    short: 'download the notes for a named release',
    load: async () => of((await import('./get.ts')).getNotes),
  },
  'get values': {
    short: 'download the values file for a named release',
    load: async () => of((await import('./get.ts')).getValues),
  },
  history: {
    short: 'fetch release history',
    aliases: ['hist'],
    load: async () => of((await import('./history.ts')).history),
  },
  install: {
    short: 'install a chart',
    load: async () => of((await import('./install.ts')).install),
  },
  lint: {
    short: 'examine a chart for possible issues',
    load: async () => of((await import('./lint.ts')).lint),
  },
  list: {
    short: 'list releases',
    aliases: ['ls'],
    load: async () => of((await import('./list.ts')).list),
  },
  package: {
    short: 'package a chart directory into a chart archive',
    load: async () => of((await import('./package.ts')).packageCharts),
  },
  pull: {
    short: 'download a chart from a repository and (optionally) unpack it in local directory',
    aliases: ['fetch'],
    load: async () => of((await import('./pull.ts')).pull),
  },
  push: {
    short: 'push a chart to remote',
    load: async () => of((await import('./push.ts')).push),
  },
  registry: { short: 'login to or logout from a registry' },
  'registry login': {
    short: 'login to a registry',
    load: async () => of((await import('./registry.ts')).login),
  },
  'registry logout': {
    short: 'logout from a registry',
    load: async () => of((await import('./registry.ts')).logout),
  },
  repo: { short: 'add, list, remove, update, and index chart repositories' },
  'repo add': {
    short: 'add a chart repository',
    load: async () => of((await import('./repo.ts')).repoAdd),
  },
  'repo index': {
    short: 'generate an index file given a directory containing packaged charts',
    load: async () => of((await import('./repo-index.ts')).repoIndex),
  },
  'repo list': {
    short: 'list chart repositories',
    aliases: ['ls'],
    load: async () => of((await import('./repo.ts')).repoList),
  },
  'repo remove': {
    short: 'remove one or more chart repositories',
    aliases: ['rm'],
    load: async () => of((await import('./repo.ts')).repoRemove),
  },
  'repo update': {
    short: 'update information of available charts locally from chart repositories',
    aliases: ['up'],
    load: async () => of((await import('./repo.ts')).repoUpdate),
  },
  rollback: {
    short: 'roll back a release to a previous revision',
    load: async () => of((await import('./rollback.ts')).rollback),
  },
  search: { short: 'search for a keyword in charts' },
  'search hub': {
    short: 'search for charts in the Artifact Hub or your own hub instance',
    load: async () => of((await import('./search-hub.ts')).searchHub),
  },
  'search repo': {
    short: 'search repositories for a keyword in charts',
    load: async () => of((await import('./search-repo.ts')).searchRepo),
  },
  show: { short: 'show information of a chart', aliases: ['inspect'] },
  'show all': {
    short: 'show all information of the chart',
    load: async () => of((await import('./show.ts')).showAll),
  },
  'show chart': {
    short: "show the chart's definition",
    load: async () => of((await import('./show.ts')).showChart),
  },
  'show crds': {
    short: "show the chart's CRDs",
    load: async () => of((await import('./show.ts')).showCrds),
  },
  'show readme': {
    short: "show the chart's README",
    load: async () => of((await import('./show.ts')).showReadme),
  },
  'show values': {
    short: "show the chart's values",
    load: async () => of((await import('./show.ts')).showValues),
  },
  status: {
    short: 'display the status of the named release',
    load: async () => of((await import('./get.ts')).status),
  },
  template: {
    short: 'locally render templates',
    load: async () => of((await import('./template.ts')).template),
  },
  test: {
    short: 'run tests for a release',
    load: async () => of((await import('./test-release.ts')).test),
  },
  uninstall: {
    short: 'uninstall a release',
    aliases: ['del', 'delete', 'un'],
    load: async () => of((await import('./uninstall.ts')).uninstall),
  },
  upgrade: {
    short: 'upgrade a release',
    load: async () => of((await import('./upgrade.ts')).upgrade),
  },
  verify: {
    short: 'verify that a chart at the given path has been signed and is valid',
    load: async () => of((await import('./verify.ts')).verify),
  },
  version: {
    short: 'print the client version information',
    load: async () => of((await import('./version.ts')).version),
  },
};

/** The names directly below one, '' for those at the top. */
export function childrenOf(parent: string): string[] {
  const depth = parent === '' ? 1 : parent.split(' ').length + 1;
  return Object.keys(commands).filter(
    (name) => name.split(' ').length === depth && (parent === '' || name.startsWith(`${parent} `)),
  );
}

/**
 * The command that leading words name, aliases resolved.
 *
 * @returns its name and how many words it took; '' when the first word names none
 */
export function findCommand(words: readonly string[]): { name: string; taken: number } {
  let name = '';
  let taken = 0;
  for (const word of words) {
    const next = childrenOf(name).find((child) => {
      const last = child.slice(child.lastIndexOf(' ') + 1);
      return last === word || commands[child]?.aliases?.includes(word) === true;
    });
    if (next === undefined) break;
    name = next;
    taken += 1;
  }
  return { name, taken };
}
