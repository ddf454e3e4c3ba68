/** `fluxctl tree`. */
import { flag, text } from '../command.ts';
import type { Command, FlagMap } from '../command.ts';
import { UsageError } from '../errors.ts';
import { clusterFlags, withCluster } from '../objects/cluster.ts';
import { select } from '../objects/names.ts';
import type { TreeOptions } from '../objects/tree.ts';

export const tree: Command = {
  name: 'tree',
  usage: 'tree kustomization|helmrelease NAME',
  short: 'Show the objects that a Kustomization or a HelmRelease consists of',
  long: `Show the objects that a Kustomization or a HelmRelease consists of.

Of Kustomizations it is their inventory, of HelmReleases of both generations the manifest of the
latest revision; those among them are opened in their turn.`,
  examples: ['fluxctl tree ks apps -n flux-system', 'fluxctl tree hr podinfo -n apps -o json'],
  offline: true,
  takesArguments: true,
  words: ['kustomization', 'helmrelease'],
  flags: [
    { name: 'compact', type: 'bool', default: false, help: "only Flux's own objects" },
    { name: 'output', short: 'o', type: 'string', default: '', help: 'json or yaml' },
    ...clusterFlags,
  ],
  run: (context, values) => {
    const { kinds, names } = select(context.args);
    const shown = context.args[0] ?? '';
    if (!kinds.every(({ kind }) => kind === 'Kustomization' || kind === 'HelmRelease'))
      throw new UsageError(`${shown} consists of nothing: kustomization or helmrelease`);
    const [name, ...more] = names;
    if (name === undefined) throw new UsageError(`${kinds[0]?.human ?? ''} name is required`);
    if (more.length > 0) throw new UsageError('expected a single name');
    const options = { compact: flag(values, 'compact'), output: outputOf(values) };
    return withCluster(context, values, async (cluster) => {
      const { tree: treeOf } = await import('../objects/tree.ts');
      const { kube } = cluster;
      context.out(await treeOf(cluster, { kube, clock: context.clock }, kinds, name, options));
    });
  },
};

function outputOf(values: FlagMap): TreeOptions['output'] {
  const asked = text(values, 'output');
  if (asked === '') return 'text';
  if (asked === 'json' || asked === 'yaml') return asked;
  throw new UsageError(`invalid output format ${JSON.stringify(asked)}: json or yaml`);
}
