/** `fluxctl build`. */
import { flag } from '../command.ts';
import type { Command } from '../command.ts';
import { UsageError, VerbFailed } from '../errors.ts';
import { clusterFlags, withCluster } from '../objects/cluster.ts';
import { kustomizationFlags, readLocalFilesOptions } from '../objects/kustomization-flags.ts';
import { checkFile, checkFolder } from '../objects/local-kustomization.ts';
import { kindsNamed } from '../objects/names.ts';

export const build: Command = {
  name: 'build',
  usage: 'build kustomization NAME',
  short: 'Print the manifests that a Kustomization makes of a folder',
  long: `Print the manifests that a Kustomization makes of a folder.

The spec is that of the cluster, or of --kustomization-file. Nothing is written, neither to the
cluster nor to the folder, and what SOPS has encrypted stays hidden.`,
  examples: [
    'fluxctl build kustomization apps --path ./deploy/apps -n flux-system',
    'fluxctl build ks apps --path ./deploy/apps --kustomization-file ./apps.yaml --dry-run',
  ],
  offline: true,
  takesArguments: true,
  words: ['kustomization'],
  flags: [
    ...kustomizationFlags,
    {
      name: 'dry-run',
      type: 'bool',
      default: false,
      help: 'without a cluster, with --kustomization-file; variables of ConfigMaps and Secrets are not set',
    },
    ...clusterFlags,
  ],
  run: async (context, values) => {
    const [word = '', name = '', ...more] = context.args;
    if (!kindsNamed(word).some(({ kind }) => kind === 'Kustomization'))
      throw new UsageError(`build what? kustomization, not ${JSON.stringify(word)}`);
    if (name === '') throw new UsageError('kustomization name is required');
    if (more.length > 0) throw new UsageError('expected a single name');
    const local = readLocalFilesOptions(values);
    await checkFolder(local.folder, 1);
    const isDry = flag(values, 'dry-run');
    if (isDry && local.kustomizationFile === '')
      throw new VerbFailed('dry-run mode requires a kustomization file');
    await checkFile(local.kustomizationFile);
    const { buildKustomization } = await import('../objects/build-kustomization.ts');
    const common = { ...local, name, now: () => context.clock.now() };
    if (isDry) {
      const namespace = context.namespace;
      context.out(await buildKustomization(undefined, { ...common, namespace }));
      return;
    }
    await withCluster(context, values, async (cluster) => {
      const { namespace } = cluster;
      context.out(await buildKustomization(cluster, { ...common, namespace }));
    });
  },
};
