/** `fluxctl diff`: what a repository would change, charts rendered. */
import { loadConnection, createKubeClient } from '../../lib/kube/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { syncSetName } from '../../lib/wire/mod.ts';
import { flag, formatOf, text, textFormatFlag, texts } from '../command.ts';
import type { Command, CommandContext, FlagMap } from '../command.ts';
import { UsageError, VerbFailed } from '../errors.ts';
import type { Difference } from '../diff/compare.ts';
import { clusterFlags, withCluster as withApiServer } from '../objects/cluster.ts';
import { kindsNamed } from '../objects/names.ts';
import { sayTo } from '../objects/say.ts';
import type { Problem, Simulation } from '../simulation/outcome.ts';
import { folderOf, simulation, simulationFlags } from './simulate.ts';

const objectFlags = [
  {
    name: 'path',
    type: 'string',
    default: '',
    help: 'with kustomization: folder that stands for its spec.path',
  },
  {
    name: 'kustomization-file',
    type: 'string',
    default: '',
    help: 'with kustomization: file with the Kustomization, in place of its present spec',
  },
  {
    name: 'ignore-paths',
    type: 'list',
    default: [],
    help: 'with kustomization: files to leave out, in the format of .gitignore',
  },
  {
    name: 'strict-substitute',
    type: 'bool',
    default: false,
    help: 'with kustomization: refuse variables that are not set and have no default',
  },
  {
    name: 'recursive',
    short: 'r',
    type: 'bool',
    default: false,
    help: 'with kustomization: compare Kustomizations among the objects, too',
  },
  {
    name: 'local-sources',
    type: 'list',
    default: [],
    help: 'with --recursive: folders of their sources, as Kind/namespace/name=folder',
  },
  // Without effect: there is no such bar.
  { name: 'progress-bar', type: 'bool', default: true, help: 'accepted for flux', hidden: true },
  {
    name: 'chart',
    type: 'string',
    default: '',
    help: 'with helmrelease: folder or archive in place of the chart that the source has',
  },
  {
    name: 'source-address',
    type: 'string',
    default: '',
    help: "with helmrelease: host:port that artifacts are had at, in place of the cluster's own",
  },
] as const;

/** A kind and a name, where otherwise a folder stands. */
const isOfObject = (args: readonly string[]): boolean =>
  args.length > 1 &&
  kindsNamed(args[0] ?? '').some(({ kind }) => kind === 'Kustomization' || kind === 'HelmRelease');

export const diff: Command = {
  name: 'diff',
  usage: 'diff [FOLDER | kustomization NAME | helmrelease NAME]',
  short: 'Show what a repository would change, charts rendered',
  long: `Show what a repository would change, charts rendered.

Both fluxd and helm-operator do their work on an embedded cluster. What comes of it is
compared with the cluster that fluxd runs in, where nothing is written; or, with --from,
with another commit of the repository, for which no cluster is needed. The files are
taken as they lie in FOLDER (the current one when none is given), or as they are in --to.
What Secrets hold is not shown. Ends with status 1 when something cannot be rendered, and
with --exit-code also when there is a difference.

"diff kustomization NAME --path DIR" says what a Kustomization of Flux v2 would change if its
source had the files in DIR: built as the toolkit does it, and tried out on the API server.
"diff helmrelease NAME" says what the next upgrade of a HelmRelease of either generation would
change, with the chart that its source has now, or with --chart. Both write nothing, need no fluxd, and end with
status 1 when there is a difference, 2 when something is wrong.`,
  examples: [
    'fluxctl diff --k8s-fwd-ns=flux',
    'fluxctl diff --from=origin/master --git-path=namespaces,releases',
    'fluxctl diff kustomization apps --path ./deploy/apps -n flux-system',
    'fluxctl diff hr podinfo --chart ./charts/podinfo -n apps',
  ],
  offline: (values, args) => text(values, 'from') !== '' || isOfObject(args),
  takesArguments: true,
  flags: [
    {
      name: 'from',
      type: 'string',
      default: '',
      help: 'compare with this commit, without a cluster',
    },
    { name: 'to', type: 'string', default: '', help: 'commit, tag or branch to compare' },
    ...simulationFlags,
    {
      name: 'exit-code',
      type: 'bool',
      default: false,
      help: 'end with status 1 when there is a difference',
    },
    { name: 'show-secrets', type: 'bool', default: false, help: 'show what Secrets hold' },
    textFormatFlag,
    ...objectFlags,
    ...clusterFlags.filter(({ name }) => name !== 'timeout'),
  ],
  words: ['kustomization', 'helmrelease'],
  run: async (context, values) => {
    const format = formatOf(values, 'text');
    if (isOfObject(context.args)) return ofObject(context, values, format);
    const from = text(values, 'from');
    const { differences, problems } =
      from === '' ? await withCluster(context, values) : await withCommit(context, values, from);
    context.out(
      format === 'json'
        ? `${JSON.stringify({ differences, problems })}\n`
        : `${differences.map(printDifference).join('')}${summary(differences)}`,
    );
    const errors = problems.filter(({ level }) => level === 'error');
    if (format === 'text')
      for (const { level, subject, message } of problems)
        context.err(`${level}: ${subject === '' ? '' : `${subject}: `}${message}\n`);
    if (errors.length > 0) throw new UsageError(`${errors.length} errors in the simulation`);
    if (flag(values, 'exit-code') && differences.length > 0)
      throw new UsageError(`${differences.length} differences`);
  },
};

async function ofObject(
  context: CommandContext,
  values: FlagMap,
  format: 'text' | 'json',
): Promise<void> {
  const [word = '', name = '', ...more] = context.args;
  if (more.length > 0) throw new UsageError('expected a single name');
  const of = kindsNamed(word);
  const showSecrets = flag(values, 'show-secrets');
  const print = (
    found: { changes: readonly unknown[]; problems: readonly string[] },
    lines: string,
  ) => {
    context.out(format === 'json' ? `${JSON.stringify(found)}\n` : lines);
    for (const problem of found.problems) sayTo(context).failure(problem);
    if (found.problems.length > 0)
      throw new VerbFailed(`${found.problems.length} objects are refused`, 2);
    if (found.changes.length > 0)
      throw new VerbFailed('identified at least one change, exiting with non-zero exit code');
  };
  try {
    await withApiServer(context, values, async (cluster) => {
      if (of.some(({ kind }) => kind === 'HelmRelease')) {
        const { diffRelease } = await import('../objects/diff-release.ts');
        const [chart, sourceAddress] = [text(values, 'chart'), text(values, 'source-address')];
        const options = { name, of, chart, sourceAddress, showSecrets };
        const changes = await diffRelease(context, cluster, options);
        print({ changes, problems: [] }, changes.map(printDifference).join(''));
        return;
      }
      const { diffKustomization, printedChanges } =
        await import('../objects/diff-kustomization.ts');
      const folder = text(values, 'path');
      if (folder === '') throw new VerbFailed('invalid resource path ""', 2);
      const found = await diffKustomization(context, cluster, {
        name,
        folder,
        kustomizationFile: text(values, 'kustomization-file'),
        ignorePaths: texts(values, 'ignore-paths'),
        strict: flag(values, 'strict-substitute'),
        recursive: flag(values, 'recursive'),
        localSources: texts(values, 'local-sources'),
        showSecrets,
      });
      // What is left alone is no change.
      const changes = found.changes.filter(({ action }) => action !== 'skipped');
      print({ changes, problems: found.problems }, printedChanges(found.changes));
    });
  } catch (thrown) {
    throw thrown instanceof VerbFailed ? thrown : new VerbFailed(messageOf(thrown), 2);
  }
}

interface Compared {
  differences: Difference[];
  problems: Problem[];
}

async function withCommit(
  context: CommandContext,
  values: FlagMap,
  from: string,
): Promise<Compared> {
  const { compare, releaseState } = await import('../diff/compare.ts');
  const { appliedBy } = await import('../diff/applied.ts');
  const folder = folderOf(context.args);
  const stateOf = ({ objects, releases }: Simulation) =>
    new Map([
      ...objects.map(({ id, object }) => [id, appliedBy(object, 'flux')] as const),
      ...releaseState(releases),
    ]);
  context.err(`Rendering ${from} ...\n`);
  const before = await simulation(context, values, folder, from);
  const to = text(values, 'to');
  context.err(`Rendering ${to === '' ? folder : to} ...\n`);
  const after = await simulation(context, values, folder, to);
  return {
    differences: compare(stateOf(before), stateOf(after), flag(values, 'show-secrets')),
    // What was wrong before is no fault of the change.
    problems: after.problems,
  };
}

async function withCluster(context: CommandContext, values: FlagMap): Promise<Compared> {
  const { compare } = await import('../diff/compare.ts');
  const { clusterStates, givenByCluster } = await import('../diff/cluster.ts');
  const { client, clock, env, args } = context;
  const { remote } = await client.gitConfig(false);
  const theirs = remote.path === '' ? [] : remote.path.split(',');
  const name = text(values, 'context');
  const connection = await loadConnection({ env, ...(name === '' ? {} : { context: name }) });
  const kube = createKubeClient({ connection });
  try {
    const asked = texts(values, 'git-path');
    const paths = asked.length > 0 ? asked : theirs;
    const given = await givenByCluster(kube);
    const at = { folder: folderOf(args), revision: text(values, 'to') };
    const simulated = await simulation(context, values, at.folder, at.revision, given, paths);
    const setName = syncSetName(remote.url, remote.branch, theirs);
    const { before, after, problems } = await clusterStates(simulated, { kube, clock, setName });
    return {
      differences: compare(before, after, flag(values, 'show-secrets')),
      problems: [...simulated.problems, ...problems],
    };
  } finally {
    await kube.close();
  }
}

const printDifference = ({ change, subject, diff: lines }: Difference) =>
  `${change} ${subject}\n${lines}\n`;

function summary(differences: readonly Difference[]): string {
  const count = (change: string) => differences.filter((one) => one.change === change).length;
  return differences.length === 0
    ? 'no differences\n'
    : `${count('added')} added, ${count('changed')} changed, ${count('removed')} removed\n`;
}
