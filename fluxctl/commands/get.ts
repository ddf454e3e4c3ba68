/** `fluxctl get`. */
import { flag, text } from '../command.ts';
import type { Command, FlagMap } from '../command.ts';
import { UsageError } from '../errors.ts';
import { allNamespacesFlag, clusterFlags, withCluster } from '../objects/cluster.ts';
import { get as getObjects } from '../objects/get.ts';
import type { Output } from '../objects/get.ts';
import { kindWords, select } from '../objects/names.ts';
import { parseStatusSelector } from '../objects/rows.ts';

export const get: Command = {
  name: 'get',
  usage: 'get KIND [NAME...]',
  short: 'Show objects of Flux, of both generations, and how they are',
  long: `Show objects of Flux, of both generations, and how they are.

KIND is what flux calls it (source git, image policy, kustomization, hr, alert-provider, ...),
what kubectl calls it (gitrepo, ocirepo, hc, ...), "all", "source all" or "image all";
"workloads" are the Deployments, DaemonSets, StatefulSets and CronJobs that fluxd syncs.
"hr" means HelmReleases of both generations; helmrelease.helm.fluxcd.io and
helmrelease.helm.toolkit.fluxcd.io are those of one. Kinds that the cluster has not got are
named on stderr.`,
  examples: [
    'fluxctl get all -A',
    'fluxctl get source git -n flux-system',
    'fluxctl get hr -A --status-selector ready=false',
    'fluxctl get kustomizations --watch',
  ],
  offline: true,
  takesArguments: true,
  words: [...kindWords(), 'workloads'],
  flags: [
    allNamespacesFlag,
    { name: 'no-header', type: 'bool', default: false, help: 'tables without their first line' },
    {
      name: 'status-selector',
      type: 'string',
      default: '',
      help: 'only those with a condition, ready=false, or without it, ready!=true',
    },
    {
      name: 'label-selector',
      short: 'l',
      type: 'string',
      default: '',
      help: 'only those with these labels',
    },
    {
      name: 'show-source',
      type: 'bool',
      default: false,
      help: 'say where releases, charts and Kustomizations come from',
    },
    {
      name: 'watch',
      short: 'w',
      type: 'bool',
      default: false,
      help: 'go on with each change, until interrupted',
    },
    {
      name: 'output',
      short: 'o',
      type: 'string',
      default: '',
      help: 'json, yaml, or wide for further columns',
    },
    ...clusterFlags,
  ],
  run: (context, values) => {
    const output = outputOf(values);
    const options = {
      selection: select(context.args),
      allNamespaces: flag(values, 'all-namespaces'),
      header: !flag(values, 'no-header'),
      statusSelector: parseStatusSelector(text(values, 'status-selector')),
      labelSelector: text(values, 'label-selector'),
      showSource: flag(values, 'show-source'),
      output,
      watch: flag(values, 'watch'),
      now: context.clock.now(),
      signal: context.signal,
      out: context.out,
      err: context.err,
    };
    return withCluster(context, values, (cluster) => getObjects(cluster, options));
  },
};

function outputOf(values: FlagMap): Output {
  const asked = text(values, 'output');
  if (asked === '') return 'table';
  if (asked === 'json' || asked === 'yaml' || asked === 'wide') return asked;
  throw new UsageError(`invalid output format ${JSON.stringify(asked)}: json, yaml or wide`);
}
