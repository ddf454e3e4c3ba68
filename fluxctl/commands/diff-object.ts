/** `fluxctl diff kustomization` and `fluxctl diff helmrelease`. */
import type { FlagSpec } from '../../lib/runtime/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { flag, text } from '../command.ts';
import type { CommandContext, FlagMap } from '../command.ts';
import { UsageError, VerbFailed } from '../errors.ts';
import { withCluster } from '../objects/cluster.ts';
import type { Cluster } from '../objects/cluster.ts';
import type { FluxKind } from '../objects/kind.ts';
import { kustomizationFlags, readLocalFilesOptions } from '../objects/kustomization-flags.ts';
import { checkFile, checkFolder } from '../objects/local-kustomization.ts';
import { kindsNamed } from '../objects/names.ts';
import { sayTo } from '../objects/say.ts';
import { printDifference } from '../print/difference.ts';

const ofKustomization = (spec: FlagSpec): FlagSpec => ({
  ...spec,
  help: `with kustomization: ${spec.help}`,
});

export const objectFlags: readonly FlagSpec[] = [
  ...[
    ...kustomizationFlags,
    {
      name: 'ignore-not-found',
      type: 'bool',
      default: false,
      help: 'compare with nothing what the cluster has not got yet; with --kustomization-file',
    } as const,
  ].map(ofKustomization),
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
  {
    name: 'feature-gates',
    type: 'string',
    default: '',
    help: 'with helmrelease: the feature gates that the toolkit runs with',
  },
];

/** A kind and a name, where otherwise a folder stands. */
export const isOfObject = (args: readonly string[]): boolean =>
  args.length > 1 &&
  kindsNamed(args[0] ?? '').some(({ kind }) => kind === 'Kustomization' || kind === 'HelmRelease');

interface Found {
  changes: readonly unknown[];
  problems: readonly string[];
}

/** @throws VerbFailed with status 1 for a difference, 2 when something is wrong */
export async function diffObject(
  context: CommandContext,
  values: FlagMap,
  format: 'text' | 'json',
): Promise<void> {
  const [word = '', name = '', ...more] = context.args;
  if (more.length > 0) throw new UsageError('expected a single name');
  const of = kindsNamed(word);
  const diff = of.some(({ kind }) => kind === 'HelmRelease')
    ? releaseDiff(context, values, of, name)
    : await kustomizationDiff(context, values, name);
  try {
    const { found, lines, isDifferent } = await withCluster(context, values, diff);
    context.out(format === 'json' ? `${JSON.stringify(found)}\n` : lines);
    for (const problem of found.problems) sayTo(context).failure(problem);
    if (found.problems.length > 0)
      throw new VerbFailed(`${found.problems.length} objects are refused`, 2);
    if (isDifferent)
      throw new VerbFailed(
        'identified at least one change, exiting with non-zero exit code',
        1,
        '⚠️',
      );
  } catch (thrown) {
    throw thrown instanceof VerbFailed ? thrown : new VerbFailed(messageOf(thrown), 2);
  }
}

type Diff = (cluster: Cluster) => Promise<{ found: Found; lines: string; isDifferent: boolean }>;

const releaseDiff =
  (context: CommandContext, values: FlagMap, of: readonly FluxKind[], name: string): Diff =>
  async (cluster) => {
    const { diffRelease } = await import('../objects/diff-release.ts');
    const [chart, sourceAddress] = [text(values, 'chart'), text(values, 'source-address')];
    const showSecrets = flag(values, 'show-secrets');
    const featureGates = text(values, 'feature-gates');
    const options = { name, of, chart, sourceAddress, featureGates, showSecrets };
    const changes = await diffRelease(context, cluster, options);
    const lines = changes.map(printDifference).join('');
    return { found: { changes, problems: [] }, lines, isDifferent: changes.length > 0 };
  };

async function kustomizationDiff(
  context: CommandContext,
  values: FlagMap,
  name: string,
): Promise<Diff> {
  const local = readLocalFilesOptions(values);
  const ignoreNotFound = flag(values, 'ignore-not-found');
  await checkFolder(local.folder, 2);
  await checkFile(local.kustomizationFile);
  if (ignoreNotFound && local.kustomizationFile === '')
    throw new VerbFailed('kustomization file is required when assuming new kustomizations', 2);
  return async (cluster) => {
    const { diffKustomization, isChange, printedChanges } =
      await import('../objects/diff-kustomization.ts');
    const showSecrets = flag(values, 'show-secrets');
    const options = { ...local, name, ignoreNotFound, showSecrets };
    const { changes, problems } = await diffKustomization(context, cluster, options);
    const real = changes.filter(isChange);
    return {
      found: { changes: real, problems },
      lines: printedChanges(changes),
      isDifferent: real.length > 0,
    };
  };
}
