/** `uninstall` (helm 3.19 cmd/helm/uninstall.go). */
import { command, refuse } from './context.ts';

export const uninstall = command({
  usage: 'uninstall RELEASE_NAME [...]',
  help: 'Deletes the objects of releases, and what is stored of them unless --keep-history is given.',
  args: { least: 1 },
  flags: [
    {
      name: 'cascade',
      type: 'string',
      default: 'background',
      help: 'Must be "background", "orphan", or "foreground". Selects the deletion cascading strategy for the dependents. Defaults to background.',
    },
    {
      name: 'description',
      type: 'string',
      default: '',
      help: 'add a custom description',
    },
    {
      name: 'dry-run',
      type: 'bool',
      default: false,
      help: 'simulate a uninstall',
    },
    {
      name: 'ignore-not-found',
      type: 'bool',
      default: false,
      help: 'Treat "release not found" as a successful uninstall',
    },
    {
      name: 'keep-history',
      type: 'bool',
      default: false,
      help: 'remove all associated resources and mark the release as deleted, but retain the release history',
    },
    {
      name: 'no-hooks',
      type: 'bool',
      default: false,
      help: 'prevent hooks from running during uninstallation',
    },
    {
      name: 'timeout',
      type: 'duration',
      default: 300_000,
      help: 'time to wait for any individual Kubernetes operation (like Jobs for hooks)',
    },
    {
      name: 'wait',
      type: 'bool',
      default: false,
      help: 'if set, will wait until all the resources are deleted before returning. It will wait for as long as --timeout',
    },
  ],
  run: async (context, names, flags) => {
    const { cascade } = flags;
    if (cascade !== 'background' && cascade !== 'foreground' && cascade !== 'orphan') {
      throw refuse(
        `invalid cascade value (${cascade}). Must be "background", "foreground", or "orphan"`,
      );
    }
    const { engine } = await context.cluster();
    const namespace = await context.namespace();
    for (const releaseName of names) {
      const ignored =
        flags['ignore-not-found'] &&
        (await engine.latest({ releaseName, namespace })) === undefined;
      if (!ignored) {
        const { info } = await engine.uninstall({
          releaseName,
          namespace,
          keepHistory: flags['keep-history'],
          dryRun: flags['dry-run'],
          cascade,
          timeoutMs: flags.timeout,
          wait: flags.wait,
          disableHooks: flags['no-hooks'],
          description: flags.description,
          signal: context.signal,
        });
        if (info !== '') context.out(`${info}\n`);
      }
      context.out(`release "${releaseName}" uninstalled\n`);
    }
  },
});
