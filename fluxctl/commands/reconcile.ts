/** `fluxctl reconcile`. */
import { flag } from '../command.ts';
import type { Command } from '../command.ts';
import { UsageError } from '../errors.ts';
import { clusterFlags, withCluster } from '../objects/cluster.ts';
import { kindWords, select } from '../objects/names.ts';
import { reconcile as reconcileObject } from '../objects/reconcile.ts';
import { sayTo } from '../objects/say.ts';

export const reconcile: Command = {
  name: 'reconcile',
  usage: 'reconcile KIND NAME...',
  short: 'Have objects looked at now, and wait for the outcome',
  long: `Have objects looked at now, and wait for the outcome.

Ends when the request was handled and the object is ready, or else fails with what its Ready
condition says. What fluxd syncs is brought about by "fluxctl sync".`,
  examples: [
    'fluxctl reconcile source git apps -n flux-system',
    'fluxctl reconcile ks apps --with-source',
    'fluxctl reconcile hr podinfo --force',
  ],
  offline: true,
  takesArguments: true,
  words: kindWords().filter((word) => word !== 'all'),
  flags: [
    {
      name: 'with-source',
      type: 'bool',
      default: false,
      help: 'have the source looked at first, and wait for it',
    },
    {
      name: 'force',
      type: 'bool',
      default: false,
      help: 'install or upgrade the HelmRelease once, whatever its state',
    },
    {
      name: 'reset',
      type: 'bool',
      default: false,
      help: 'forget the failures of the HelmRelease so far',
    },
    ...clusterFlags,
  ],
  run: (context, values) => {
    const { kinds, names, words, isAll } = select(context.args);
    if (isAll) throw new UsageError(`expected a single resource type, but found ${words}`);
    if (names.length === 0) throw new UsageError(`${kinds[0]?.kind ?? ''} name is required`);
    const options = {
      withSource: flag(values, 'with-source'),
      force: flag(values, 'force'),
      reset: flag(values, 'reset'),
    };
    return withCluster(context, values, async (cluster) => {
      const { clock, timeoutMs, signal } = context;
      const asking = { kube: cluster.kube, clock, timeoutMs, signal };
      for (const name of new Set(names))
        await reconcileObject(cluster, asking, sayTo(context), kinds, name, options);
    });
  },
};
