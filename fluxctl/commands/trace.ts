/** `fluxctl trace`. */
import { messageOf } from '../../lib/runtime/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { text } from '../command.ts';
import type { Command, CommandContext, FlagMap } from '../command.ts';
import { UsageError, VerbFailed } from '../errors.ts';
import { clusterFlags, withCluster } from '../objects/cluster.ts';
import type { Cluster } from '../objects/cluster.ts';
import { findObject, wantedObjects } from '../objects/resources.ts';
import { sayTo } from '../objects/say.ts';

export const trace: Command = {
  name: 'trace',
  usage: 'trace KIND NAME... | KIND/NAME...',
  short: 'Show where objects of the cluster come from: what applied them, its source, the revision',
  long: `Show where objects of the cluster come from: what applied them, its source, the revision.

Any kind will do, by any name that kubectl knows. Objects of Kustomizations and HelmReleases are
told by their labels, those of the Helm Operator by the annotation helm.fluxcd.io/antecedent,
those of fluxd by the mark of their repository; what owns an object is asked, too.`,
  examples: [
    'fluxctl trace deployment podinfo -n apps',
    'fluxctl trace pod/podinfo-0 cm/settings -n apps',
    'fluxctl trace podinfo --kind=HelmRelease --api-version=helm.fluxcd.io/v1 -n apps',
  ],
  offline: true,
  takesArguments: true,
  flags: [
    { name: 'kind', type: 'string', default: '', help: 'kind of the object, with --api-version' },
    { name: 'api-version', type: 'string', default: '', help: 'its version, with --kind' },
    ...clusterFlags,
  ],
  run: (context, values) =>
    withCluster(context, values, async (cluster) => {
      const finders = wanted(context, values, cluster);
      const { printed, trace: traceObject } = await import('../objects/trace.ts');
      let problems = 0;
      for (const [place, { shown, find }] of finders.entries()) {
        if (place > 0) context.out('---\n');
        try {
          context.out(printed(await traceObject(cluster.kube, await find())));
        } catch (thrown) {
          problems += 1;
          const where = `in namespace ${cluster.namespace}`;
          sayTo(context).failure(`failed to trace ${shown} ${where}: ${messageOf(thrown)}`);
        }
      }
      if (problems > 0) throw new VerbFailed(`${problems} could not be traced`);
    }),
};

interface Finder {
  /** For messages. */
  shown: string;
  find: () => Promise<KubeObject>;
}

function wanted({ args }: CommandContext, values: FlagMap, { kube, namespace }: Cluster): Finder[] {
  const [kind, apiVersion] = [text(values, 'kind'), text(values, 'api-version')];
  if (kind === '' && apiVersion === '')
    return wantedObjects(args).map(({ resource, name }) => ({
      shown: `${resource}/${name}`,
      find: () => findObject(kube, namespace, { resource, name }),
    }));
  const [name] = args;
  if (name === undefined) throw new UsageError('object name is required');
  if (kind === '') throw new UsageError('object kind is required (--kind)');
  if (apiVersion === '') throw new UsageError('object apiVersion is required (--api-version)');
  return [
    {
      shown: `${kind}/${name}`,
      find: async () => {
        const type = await kube.resourceType({ apiVersion, kind });
        const place = type?.namespaced === false ? {} : { namespace };
        const object = await kube.get({ apiVersion, kind, name, ...place });
        if (object === undefined) throw new VerbFailed(`${kind} "${name}" not found`);
        return object;
      },
    },
  ];
}
