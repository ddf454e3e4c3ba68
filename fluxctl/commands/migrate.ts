/** `fluxctl migrate`: from the v1 kinds to the v2 kinds, shown to change nothing, done on request, and undone. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { KubeClient } from '../../lib/kube/mod.ts';
import { handedOverTo } from '../../lib/objects/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { flag, formatOf, text, texts, yamlFormatFlag } from '../command.ts';
import type { Command, CommandContext, FlagMap } from '../command.ts';
import { UsageError, VerbFailed } from '../errors.ts';
import type { Gathered, ObjectReport, Plan, PlannedRelease, SyncSettings } from '../migrate/mod.ts';
import type * as Migrate from '../migrate/mod.ts';
import { connect, kubeconfigFlag } from '../objects/cluster.ts';
import { sayTo } from '../objects/say.ts';
import { isFolder } from '../print/folder.ts';

export const migrate: Command = {
  name: 'migrate',
  usage: 'migrate [--path FOLDER] [--apply | --undo | --write]',
  short: 'Move HelmReleases and automation to the kinds of Flux v2, and back',
  long: `Move HelmReleases and automation to the kinds of Flux v2, and back.

Reads the HelmReleases of helm.fluxcd.io and what fluxd automates by annotation, from the
cluster or from a folder, and prints what they are in the kinds of Flux v2: HelmReleases
with their sources, image policies, the GitRepository and Kustomizations for what fluxd
syncs. What there is to say about each goes to stderr.

Each release is rendered both ways by the engines' own code, and compared with what is in
the cluster. One that would become another is refused, with what differs, and the command
ends with status 1. Nothing is written but with one of these:

--apply hands the releases over: the new HelmRelease comes suspended, the old one gives the
release away, helm-operator says that it leaves it alone, and the new one goes on. No
revision is made and nothing is uninstalled; stopped anywhere, the same command goes on.
--undo gives them back. --write writes files into the folder of --path, and markers for
image automation into its manifests.`,
  examples: [
    'fluxctl migrate',
    'fluxctl migrate --path=. --write',
    'fluxctl migrate -n apps --name=podinfo --apply',
    'fluxctl migrate -n apps --name=podinfo --undo',
  ],
  offline: true,
  flags: [
    {
      name: 'namespace',
      short: 'n',
      type: 'string',
      default: '',
      help: 'only objects of this namespace; all when empty',
    },
    { name: 'name', type: 'list', default: [], help: 'only HelmReleases of these names' },
    {
      name: 'path',
      type: 'string',
      default: '',
      help: 'folder to read from, in place of the cluster',
    },
    {
      name: 'cluster',
      type: 'bool',
      default: false,
      help: 'with --path: compare with the cluster, too',
    },
    {
      name: 'into-namespace',
      type: 'string',
      default: 'flux-system',
      help: 'namespace of image policies and of what fluxd becomes',
    },
    {
      name: 'git-url',
      type: 'string',
      default: '',
      help: 'what fluxd syncs; its own flag when empty',
    },
    { name: 'git-branch', type: 'string', default: '', help: 'its branch' },
    { name: 'git-path', type: 'list', default: [], help: 'its paths' },
    {
      name: 'git-default-ref',
      type: 'string',
      default: 'master',
      help: "helm-operator's flag of this name",
    },
    { name: 'apply', type: 'bool', default: false, help: 'hand the releases over' },
    { name: 'undo', type: 'bool', default: false, help: 'give the releases back' },
    { name: 'write', type: 'bool', default: false, help: 'write files into the folder of --path' },
    {
      name: 'operator-stopped',
      type: 'bool',
      default: false,
      help: 'do not wait for helm-operator, which is stopped',
    },
    {
      name: 'without-proof',
      type: 'bool',
      default: false,
      help: 'print or write without rendering; --apply always renders',
    },
    kubeconfigFlag,
    {
      name: 'timeout',
      type: 'duration',
      default: 120_000,
      help: 'how long to wait for each answer of an engine',
    },
    yamlFormatFlag,
  ],
  run: async (context, values) => {
    const format = formatOf(values, 'yaml');
    const folder = text(values, 'path');
    const modes = ['apply', 'undo', 'write'].filter((name) => flag(values, name));
    if (modes.length > 1) throw new UsageError(`only one of --${modes.join(', --')} at a time`);
    if (flag(values, 'write') && folder === '') throw new UsageError('--write needs --path');
    if (folder !== '' && !(await isFolder(folder)))
      throw new UsageError(`path ${folder} is not a directory`);
    const needsCluster =
      folder === '' || flag(values, 'cluster') || flag(values, 'apply') || flag(values, 'undo');
    const cluster = needsCluster ? (await connect(context, values)).kube : undefined;
    const workFolder = await mkdtemp(path.join(tmpdir(), 'fluxctl-migrate'));
    try {
      await migrateAll({ context, values, format, folder, cluster, workFolder });
    } finally {
      await cluster?.close();
      await rm(workFolder, { recursive: true, force: true });
    }
  },
};

interface Work {
  context: CommandContext;
  values: FlagMap;
  format: 'yaml' | 'json';
  folder: string;
  cluster: KubeClient | undefined;
  workFolder: string;
}

type Room = typeof Migrate;

async function migrateAll(work: Work): Promise<void> {
  const { context, values, folder, cluster, workFolder } = work;
  // The engines' code is large, and no other verb needs it.
  const room = await import('../migrate/mod.ts');
  const namespace = text(values, 'namespace');
  const home = namespace || 'default';
  const found =
    folder === ''
      ? await room.gatherCluster(mustBeThere(cluster), namespace)
      : await room.gatherFolder(folder, namespace, home);
  const names = texts(values, 'name');
  const gathered =
    names.length === 0
      ? found
      : {
          ...found,
          releases: found.releases.filter(({ metadata }) => names.includes(metadata.name)),
          workloads: [],
        };
  for (const problem of gathered.problems) context.err(`⚠️ ${problem}\n`);
  const plan = room.makePlan(gathered, {
    namespace: text(values, 'into-namespace'),
    defaultRef: text(values, 'git-default-ref'),
    sync: names.length > 0 ? undefined : syncOf(values, gathered, room),
  });
  const reader = room.readerOf(cluster, gathered, home);
  const charts = room.createCharts({ reader, clock: context.clock, env: context.env, workFolder });
  const prover = room.createProver({
    charts,
    reader,
    cluster,
    clock: context.clock,
    env: context.env,
  });
  if (flag(values, 'undo')) return undo(work, room, plan.releases);
  const proofs = new Map<PlannedRelease, { compared: string; diff: string }>();
  for (const planned of plan.releases) {
    const { notes } = planned.converted;
    const isPointless = notes.list.some(({ level }) => level === 'refusal');
    // Before a release is handed over it is compared once more, and what was handed over already is not.
    const owner = handedOverTo(planned.converted.from);
    if (owner !== '') {
      proofs.set(planned, { compared: `it was handed over to ${owner} already`, diff: '' });
      continue;
    }
    if (isPointless || flag(values, 'without-proof') || flag(values, 'apply')) continue;
    const proof = await prover.prove(planned);
    if (proof.problem !== '') notes.refuse(proof.problem);
    proofs.set(planned, proof);
  }
  if (flag(values, 'apply')) {
    const prove = async (planned: PlannedRelease) => {
      const proof = await prover.prove(planned);
      if (proof.problem === '') return;
      throw new room.MigrateError(
        'NotReady',
        planned.converted.release.name,
        `${proof.problem}\n${proof.diff}`,
      );
    };
    return apply(work, room, plan.releases, prove);
  }
  const releases = plan.releases.map((planned) => room.releaseYaml(planned, plan));
  const reports = reportsOf(room, plan, proofs);
  if (flag(values, 'write')) {
    for (const file of await room.writeFiles(folder, gathered, plan))
      context.out(`${path.join(folder, file)}\n`);
  } else print(work, room, plan, releases, reports);
  if (work.format === 'yaml' || flag(values, 'write'))
    for (const report of reports) context.err(reportText(report));
  const refused = reports.filter(({ result }) => result === 'cannot be converted');
  if (refused.length > 0)
    throw new VerbFailed(`${refused.length} of ${reports.length} objects cannot be converted`);
}

function mustBeThere(cluster: KubeClient | undefined): KubeClient {
  if (cluster === undefined) throw new UsageError('a cluster is needed');
  return cluster;
}

function syncOf(values: FlagMap, gathered: Gathered, room: Room): SyncSettings | undefined {
  const [url, branch, paths] = [
    text(values, 'git-url'),
    text(values, 'git-branch'),
    texts(values, 'git-path'),
  ];
  const known = gathered.sync ?? (url === '' ? undefined : room.defaultSync);
  if (known === undefined) return undefined;
  return {
    ...known,
    ...(url === '' ? {} : { url }),
    ...(branch === '' ? {} : { branch }),
    ...(paths.length === 0 ? {} : { paths }),
  };
}

function reportsOf(
  room: Room,
  plan: Plan,
  proofs: ReadonlyMap<PlannedRelease, { compared: string; diff: string }>,
): ObjectReport[] {
  return [
    ...plan.releases.map((planned) => {
      const { from, notes } = planned.converted;
      const { namespace, name } = from.metadata;
      return room.reportOf(`HelmRelease ${namespace}/${name}`, notes, proofs.get(planned));
    }),
    ...plan.images.workloads.map(({ object, notes }) =>
      room.reportOf(
        `automation of ${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`,
        notes,
      ),
    ),
    ...(plan.sync.objects.length + plan.sync.notes.list.length === 0
      ? []
      : [room.reportOf('sync of fluxd', plan.sync.notes)]),
  ];
}

function print(
  { context, format, values, folder }: Work,
  room: Room,
  plan: Plan,
  releases: readonly string[],
  reports: readonly ObjectReport[],
): void {
  const sources = [...new Set(plan.releases.flatMap(({ sourceObject }) => sourceObject ?? []))];
  const others = [...plan.images.objects, ...plan.sync.objects];
  if (format === 'json') {
    const items = [...sources, ...plan.releases.map(({ object }) => object), ...others];
    context.out(`${JSON.stringify({ items, reports })}\n`);
    return;
  }
  for (const document of [
    ...sources.map((object) => room.yamlOf(object)),
    ...releases,
    ...others.map((object) => room.yamlOf(object)),
  ])
    context.out(`---\n${document}`);
  for (const file of plan.edited.keys())
    context.err(
      `► ${path.join(folder, file)} would get markers${flag(values, 'write') ? '' : ' (--write)'}\n`,
    );
}

function reportText({ object, result, notes, compared, diff }: ObjectReport): string {
  const sign = result === 'cannot be converted' ? '✗' : '✔';
  const lines = notes.map(
    ({ level, text: said }) => `  ${level === 'refusal' ? '✗' : '⚠️'} ${said}\n`,
  );
  const how = compared === '' ? '' : ` (${compared})`;
  return `${sign} ${object}: ${result}${how}\n${lines.join('')}${diff}`;
}

async function apply(
  work: Work,
  room: Room,
  releases: readonly PlannedRelease[],
  prove: (planned: PlannedRelease) => Promise<void>,
): Promise<void> {
  await each(work, releases, async (planned, options) => {
    const refusal = planned.converted.notes.list.find(({ level }) => level === 'refusal');
    if (refusal !== undefined) throw new VerbFailed(refusal.text);
    return room.handOver(options.cluster, planned, {
      operatorIsStopped: options.operatorIsStopped,
      say: options.say,
      prove: () => prove(planned),
    });
  });
}

async function undo(work: Work, room: Room, releases: readonly PlannedRelease[]): Promise<void> {
  await each(work, releases, (planned, options) =>
    room.takeBack(options.cluster, planned, options),
  );
}

interface StepOptions {
  cluster: Parameters<Room['handOver']>[0];
  operatorIsStopped: boolean;
  say: (text: string) => void;
}

/** One after the other: a release that fails stops none of the others. */
async function each(
  { context, values, cluster }: Work,
  releases: readonly PlannedRelease[],
  act: (planned: PlannedRelease, options: StepOptions) => Promise<number>,
): Promise<void> {
  const say = sayTo(context);
  const kube = mustBeThere(cluster);
  let failed = 0;
  for (const planned of releases) {
    const { namespace, name } = planned.converted.from.metadata;
    try {
      const revision = await act(planned, {
        cluster: {
          kube,
          clock: context.clock,
          timeoutMs: Number(values['timeout']),
          ...(context.signal === undefined ? {} : { signal: context.signal }),
        },
        operatorIsStopped: flag(values, 'operator-stopped'),
        say: (line) => {
          say.action(line);
        },
      });
      say.success(`HelmRelease ${namespace}/${name}: revision ${revision}`);
    } catch (thrown) {
      failed += 1;
      say.failure(`HelmRelease ${namespace}/${name}: ${messageOf(thrown)}`);
    }
  }
  if (failed > 0)
    throw new VerbFailed(`${failed} of ${releases.length} HelmReleases were left as they are`);
}
