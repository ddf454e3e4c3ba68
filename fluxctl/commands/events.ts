/** `fluxctl events`. */
import { flag, text, texts } from '../command.ts';
import type { Command } from '../command.ts';
import { allNamespacesFlag, clusterFlags, withCluster } from '../objects/cluster.ts';
import { events as showEvents } from '../objects/events.ts';

export const events: Command = {
  name: 'events',
  short: "Show Kubernetes Events of Flux's objects, the oldest first",
  long: `Show Kubernetes Events of Flux's objects, the oldest first.

With --for KIND/NAME also those of the source, the chart, the provider or the image repository
that the object gets its work from.`,
  examples: [
    'fluxctl events -n flux-system',
    'fluxctl events --for ks/apps --types warning',
    'fluxctl events --for helmrelease.helm.fluxcd.io/podinfo -n apps',
  ],
  offline: true,
  flags: [
    allNamespacesFlag,
    {
      name: 'for',
      type: 'string',
      default: '',
      help: 'only of objects of a kind, KIND, or of one, KIND/NAME',
    },
    { name: 'types', type: 'list', default: [], help: 'only of these types (Normal, Warning)' },
    {
      name: 'watch',
      short: 'w',
      type: 'bool',
      default: false,
      help: 'go on with each further Event, until interrupted',
    },
    ...clusterFlags,
  ],
  run: (context, values) => {
    const { clock, signal, out, err } = context;
    const options = {
      allNamespaces: flag(values, 'all-namespaces'),
      of: text(values, 'for'),
      types: texts(values, 'types'),
      watch: flag(values, 'watch'),
      now: () => clock.now(),
      signal,
      out,
      err,
    };
    return withCluster(context, values, (cluster) => showEvents(cluster, options));
  },
};
