/** `fluxctl simulate`: a whole repository on the embedded cluster, for CI. */
import { readFile, stat } from 'node:fs/promises';
import { readDocuments } from '../../lib/manifest/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { flag, formatOf, text, textFormatFlag, texts } from '../command.ts';
import type { Command, CommandContext, FlagMap } from '../command.ts';
import { UsageError } from '../errors.ts';
import { filesBelow } from '../files.ts';
import { printTable } from '../print/table.ts';
import type { Simulation } from '../simulation/outcome.ts';

/** Flags of every verb that simulates. */
export const simulationFlags = [
  {
    name: 'git-path',
    type: 'list',
    default: [],
    help: "paths within the repository to sync, as fluxd's; none means FOLDER",
  },
  {
    name: 'given',
    type: 'list',
    default: [],
    help: 'files or folders with what the cluster holds beside the repository: definitions of kinds, namespaces, Secrets with values',
  },
  { name: 'manifest-generation', type: 'bool', default: false, help: 'honour .flux.yaml' },
  { name: 'sops', type: 'bool', default: false, help: 'decrypt SOPS files before they are read' },
  {
    name: 'k8s-default-namespace',
    type: 'string',
    default: '',
    help: 'namespace of manifests that give none',
  },
  {
    name: 'kubernetes-version',
    type: 'string',
    default: '',
    help: 'Kubernetes version to simulate, such as 1.29.0',
  },
] as const;

export const simulate: Command = {
  name: 'simulate',
  usage: 'simulate [FOLDER]',
  short: 'Try a whole repository on an embedded cluster',
  long: `Try a whole repository on an embedded cluster.

Starts an API server in this process, has fluxd sync the repository to it and
helm-operator release its charts, and says what was created, what was released and
what went wrong. Needs no cluster. The files are taken as they lie in FOLDER (the
current one when none is given), committed or not, or as they are in --ref. Ends with
status 1 when there is an error, with --strict also when there is a warning. Waits
--timeout for everything to settle.`,
  examples: [
    'fluxctl simulate',
    'fluxctl simulate --git-path=namespaces,releases/dev --given=ci/cluster.yaml --timeout=5m',
  ],
  offline: true,
  takesArguments: true,
  flags: [
    ...simulationFlags,
    { name: 'ref', type: 'string', default: '', help: 'commit, tag or branch to try' },
    { name: 'strict', type: 'bool', default: false, help: 'warnings count as errors' },
    textFormatFlag,
  ],
  run: async (context, values) => {
    const format = formatOf(values, 'text');
    const outcome = await simulation(context, values, folderOf(context.args), text(values, 'ref'));
    context.out(
      format === 'json' ? `${JSON.stringify(shape(outcome))}\n` : printSimulation(outcome),
    );
    const count = (level: string) =>
      outcome.problems.filter((problem) => problem.level === level).length;
    const [errors, warnings] = [count('error'), count('warning')];
    if (errors > 0 || (flag(values, 'strict') && warnings > 0))
      throw new UsageError(`${errors} errors and ${warnings} warnings in the simulation`);
  },
};

/** @throws UsageError when more than one is given */
export function folderOf(args: readonly string[]): string {
  if (args.length > 1) throw new UsageError('expected at most one folder');
  return args[0] ?? '.';
}

const quietMs = 6000;

/** @param revision '' for the files as they are @param alsoGiven beside what `--given` names */
export async function simulation(
  { env, clock, err, programs, helmReleaseDefinition, timeoutMs }: CommandContext,
  values: FlagMap,
  folder: string,
  revision: string,
  alsoGiven: readonly KubeObject[] = [],
  paths: readonly string[] = texts(values, 'git-path'),
): Promise<Simulation> {
  // It carries an API server and the engine of releases.
  const { simulate: run } = await import('../simulation/simulate.ts');
  const version = text(values, 'kubernetes-version');
  const namespace = text(values, 'k8s-default-namespace');
  return run({
    folder,
    revision: revision === '' ? undefined : revision,
    paths,
    fluxdFlags: [
      ...(flag(values, 'manifest-generation') ? ['--manifest-generation'] : []),
      ...(flag(values, 'sops') ? ['--sops'] : []),
      ...(namespace === '' ? [] : [`--k8s-default-namespace=${namespace}`]),
    ],
    given: [...(await givenObjects(texts(values, 'given'))), ...alsoGiven],
    kubernetesVersion: version === '' ? undefined : `v${version.replace(/^v/, '')}`,
    programs,
    definitions: helmReleaseDefinition,
    env,
    clock,
    timeoutMs,
    quietMs,
    onProgress: (line) => {
      err(`${line}\n`);
    },
  });
}

async function givenObjects(names: readonly string[]): Promise<KubeObject[]> {
  const { isObject } = await import('../simulation/outcome.ts');
  const found: KubeObject[] = [];
  for (const name of names) {
    const at = await stat(name).catch(() => undefined);
    if (at === undefined) throw new UsageError(`${name} cannot be read`);
    const files = at.isDirectory() ? (await filesBelow(name)).sort() : [name];
    for (const file of files)
      if (/\.ya?ml$/.test(file))
        found.push(...readDocuments(await readFile(file, 'utf8')).filter(isObject));
  }
  return found;
}

/** For programs: everything but the objects themselves. */
const shape = ({ objects, releases, problems }: Simulation) => ({
  objects: objects.map(({ id }) => id),
  releases: releases.map(({ manifest: _manifest, ...release }) => release),
  problems,
});

function printSimulation({ objects, releases, problems }: Simulation): string {
  const table = (rows: string[][]) => (rows.length > 1 ? `${printTable(rows)}\n` : '');
  const errors = problems.filter(({ level }) => level === 'error').length;
  return [
    table([['CREATED'], ...objects.map(({ id }) => [id])]),
    table([
      ['RELEASE', 'NAMESPACE', 'CHART', 'REVISION', 'STATUS'],
      ...releases.map(({ name, namespace, chart, version, revision, status }) => [
        ...[name, namespace, `${chart}-${version}`, String(revision), status],
      ]),
    ]),
    ...problems.map(
      ({ level, subject, message }) =>
        `${level}: ${subject === '' || message.startsWith(subject) ? '' : `${subject}: `}${message}\n`,
    ),
    `${objects.length} objects, ${releases.length} releases, ${errors} errors, ${problems.length - errors} warnings\n`,
  ].join('');
}
