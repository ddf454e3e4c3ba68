/** `fluxctl suspend` and `resume`. */
import { flag, text } from '../command.ts';
import type { Command, CommandContext, FlagMap } from '../command.ts';
import { UsageError } from '../errors.ts';
import { clusterFlags, withCluster } from '../objects/cluster.ts';
import type { FluxKind } from '../objects/kind.ts';
import { kindWords, select } from '../objects/names.ts';
import { resume as resumeObjects, suspend as suspendObjects } from '../objects/pause.ts';
import type { Which } from '../objects/pause.ts';
import { sayTo } from '../objects/say.ts';

const words = kindWords().filter((word) => word !== 'all');
const allFlag = {
  name: 'all',
  type: 'bool',
  default: false,
  help: 'all of the kind in the namespace',
} as const;

export const suspend: Command = {
  name: 'suspend',
  usage: 'suspend KIND [NAME...]',
  short: 'Leave objects as they are until they are resumed',
  long: `Leave objects as they are until they are resumed.

Objects of Flux v2 get spec.suspend, HelmReleases of the Helm Operator the annotation
helm.fluxcd.io/suspend, and workloads that fluxd syncs the annotation fluxcd.io/ignore.`,
  examples: [
    'fluxctl suspend ks apps -n flux-system',
    'fluxctl suspend image update --all',
    'fluxctl suspend deployment podinfo -n apps',
  ],
  offline: true,
  takesArguments: true,
  words,
  flags: [allFlag, ...clusterFlags],
  run: (context, values) => {
    const { kinds, which } = chosen(context, values);
    return withCluster(context, values, (cluster) =>
      suspendObjects(cluster, sayTo(context), kinds, which),
    );
  },
};

export const resume: Command = {
  name: 'resume',
  usage: 'resume KIND [NAME...]',
  short: 'Have suspended objects looked at again',
  long: `Have suspended objects looked at again.

Of one object by its name the outcome is waited for, of several with --wait.`,
  examples: ['fluxctl resume ks apps -n flux-system', 'fluxctl resume hr --all --wait'],
  offline: true,
  takesArguments: true,
  words,
  flags: [
    allFlag,
    {
      name: 'wait',
      type: 'string',
      default: '',
      bare: 'true',
      shows: '',
      help: 'wait until they are ready; =false does not wait for a single one either',
    },
    ...clusterFlags,
  ],
  run: (context, values) => {
    const { kinds, which } = chosen(context, values);
    const asked = text(values, 'wait');
    const wait = asked === '' ? which !== 'all' && which.length === 1 : asked === 'true';
    return withCluster(context, values, (cluster) => {
      const { clock, timeoutMs, signal } = context;
      const asking = { kube: cluster.kube, clock, timeoutMs, signal };
      return resumeObjects(cluster, asking, sayTo(context), kinds, which, wait);
    });
  },
};

function chosen(
  { args }: CommandContext,
  values: FlagMap,
): { kinds: readonly FluxKind[]; which: Which } {
  const { kinds, names, words: said, isAll } = select(args);
  if (isAll) throw new UsageError(`expected a single resource type, but found ${said}`);
  if (names.length > 0) return { kinds, which: names };
  if (!flag(values, 'all')) throw new UsageError(`${kinds[0]?.human ?? ''} name is required`);
  return { kinds, which: 'all' };
}
