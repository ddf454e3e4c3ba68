/** `fluxctl tree`. */
import { flag, text } from '../command.ts';
import type { Command, FlagMap } from '../command.ts';
import { UsageError } from '../errors.ts';
import { clusterFlags, withCluster } from '../objects/cluster.ts';
import { select } from '../objects/names.ts';
import type { TreeOptions } from '../objects/tree.ts';

const consisting = ['Kustomization', 'HelmRelease', 'ArtifactGenerator'];

export const tree: Command = {
  name: 'tree',
  usage: 'tree kustomization|helmrelease|artifact generator|fluxd NAME',
  short: 'Show the objects that a Kustomization, a HelmRelease or fluxd has brought about',
  long: `Show the objects that a Kustomization, a HelmRelease or fluxd has brought about.

Of Kustomizations it is their inventory, of HelmReleases of both generations the manifest of the
latest revision, of ArtifactGenerators their ExternalArtifacts, and of fluxd, by the name of its
Deployment, what carries the mark of its repository; Kustomizations and HelmReleases among them
are opened in their turn.`,
  examples: [
    'fluxctl tree ks apps -n flux-system',
    'fluxctl tree hr podinfo -n apps -o json',
    'fluxctl tree fluxd flux -n flux',
  ],
  offline: true,
  takesArguments: true,
  words: ['kustomization', 'helmrelease', 'artifact', 'fluxd'],
  flags: [
    { name: 'compact', type: 'bool', default: false, help: "only Flux's own objects" },
    { name: 'output', short: 'o', type: 'string', default: '', help: 'json or yaml' },
    ...clusterFlags,
  ],
  run: (context, values) => {
    const [shown = '', ...rest] = context.args;
    const isFluxd = shown === 'fluxd';
    const { kinds, names } = isFluxd ? { kinds: [], names: rest } : select(context.args);
    if (!kinds.every(({ kind }) => consisting.includes(kind)))
      throw new UsageError(`${shown} consists of nothing: kustomization or helmrelease`);
    const [name, ...more] = names;
    if (name === undefined) throw new UsageError(`${kinds[0]?.human ?? shown} name is required`);
    if (more.length > 0) throw new UsageError('expected a single name');
    const options = { compact: flag(values, 'compact'), output: outputOf(values) };
    return withCluster(context, values, async (cluster) => {
      const { fluxdTree, tree: treeOf } = await import('../objects/tree.ts');
      const reading = { kube: cluster.kube, clock: context.clock };
      context.out(
        isFluxd
          ? await fluxdTree(cluster, reading, name, options)
          : await treeOf(cluster, reading, kinds, name, options),
      );
    });
  },
};

function outputOf(values: FlagMap): TreeOptions['output'] {
  const asked = text(values, 'output');
  if (asked === '') return 'text';
  if (asked === 'json' || asked === 'yaml') return asked;
  throw new UsageError(`invalid output format ${JSON.stringify(asked)}: json or yaml`);
}
