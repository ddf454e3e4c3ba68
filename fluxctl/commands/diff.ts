/** `fluxctl diff`: what a repository would change, charts rendered. */
import { loadConnection, createKubeClient } from '../../lib/kube/mod.ts';
import { syncSetName } from '../../lib/wire/mod.ts';
import { flag, formatOf, text, textFormatFlag, texts } from '../command.ts';
import type { Command, CommandContext, FlagMap } from '../command.ts';
import { UsageError } from '../errors.ts';
import type { Difference } from '../diff/compare.ts';
import { printDifference } from '../print/difference.ts';
import { clusterFlags } from '../objects/cluster.ts';
import type { Problem, Simulation } from '../simulation/outcome.ts';
import { diffObject, isOfObject, objectFlags } from './diff-object.ts';
import { folderOf, simulation, simulationFlags } from './simulate.ts';

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
    'fluxctl diff ks new --path ./new --kustomization-file new.yaml --ignore-not-found',
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
    if (isOfObject(context.args)) return diffObject(context, values, format);
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

function summary(differences: readonly Difference[]): string {
  const count = (change: string) => differences.filter((one) => one.change === change).length;
  return differences.length === 0
    ? 'no differences\n'
    : `${count('added')} added, ${count('changed')} changed, ${count('removed')} removed\n`;
}
