/** The API server that verbs about objects talk to, as kubectl would find it. */
import { createKubeClient, loadConnection } from '../../lib/kube/mod.ts';
import type { KubeClient, KubeConnection, ObjectRef } from '../../lib/kube/mod.ts';
import { formatApiVersion } from '../../lib/objects/mod.ts';
import type { FlagSpec } from '../../lib/runtime/mod.ts';
import { text } from '../command.ts';
import type { CommandContext, FlagMap } from '../command.ts';
import { VerbFailed } from '../errors.ts';
import { apiVersionOf, fullName } from './kinds.ts';
import type { FluxKind } from './kind.ts';

export const kubeconfigFlag = {
  name: 'kubeconfig',
  type: 'string',
  default: '',
  help: 'Path to a kubeconfig; KUBECONFIG or ~/.kube/config when empty',
} as const;

/** Of every verb about objects. */
export const clusterFlags = [
  {
    name: 'namespace',
    short: 'n',
    type: 'string',
    default: '',
    help: "Namespace of the objects; FLUX_SYSTEM_NAMESPACE, or the context's, when empty",
  },
  kubeconfigFlag,
  {
    name: 'timeout',
    type: 'duration',
    default: 300_000,
    help: 'How long to wait. Environment: FLUX_TIMEOUT',
    env: 'FLUX_TIMEOUT',
  },
] as const satisfies readonly FlagSpec[];

export const allNamespacesFlag = {
  name: 'all-namespaces',
  short: 'A',
  type: 'bool',
  default: false,
  help: 'objects of all namespaces',
} as const;

export interface Cluster {
  kube: KubeClient;
  /** Where objects are when nothing else is said. */
  namespace: string;
}

/** The client is the caller's to close. */
export async function connect(
  { env, clock }: CommandContext,
  values: FlagMap,
): Promise<{ kube: KubeClient; connection: KubeConnection }> {
  const [file, name] = [text(values, 'kubeconfig'), text(values, 'context')];
  const connection = await loadConnection({
    env,
    ...(file === '' ? {} : { path: file }),
    ...(name === '' ? {} : { context: name }),
  });
  return { kube: createKubeClient({ connection, clock }), connection };
}

/** Connects, and closes the connection when the work is done. */
export async function withCluster<T>(
  context: CommandContext,
  values: FlagMap,
  work: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const { kube, connection } = await connect(context, values);
  try {
    return await work({
      kube,
      namespace:
        text(values, 'namespace') ||
        context.env['FLUX_SYSTEM_NAMESPACE'] ||
        connection.namespace ||
        'default',
    });
  } finally {
    await kube.close();
  }
}

/** The version that the server has a kind in: ours, or else the one that it prefers; `undefined` when it has none. */
export async function servedVersion(
  kube: KubeClient,
  of: Pick<FluxKind, 'group' | 'kind' | 'version'>,
): Promise<string | undefined> {
  const own = formatApiVersion(of.group, of.version);
  if ((await kube.resourceType({ apiVersion: own, kind: of.kind })) !== undefined) return own;
  const other = (await kube.resourceTypes()).find(
    ({ group, kind }) => group === of.group && kind === of.kind,
  );
  return other === undefined ? undefined : formatApiVersion(other.group, other.version);
}

export interface Found {
  of: FluxKind;
  ref: ObjectRef;
}

/**
 * Which of the kinds has an object by this name.
 *
 * @throws VerbFailed when none has, or when both generations have one
 */
export async function find(
  { kube, namespace }: Cluster,
  of: readonly FluxKind[],
  name: string,
): Promise<Found> {
  const found: Found[] = [];
  let isServed = false;
  for (const each of of) {
    const apiVersion = await servedVersion(kube, each);
    if (apiVersion === undefined) continue;
    isServed = true;
    const ref = { apiVersion, kind: each.kind, namespace, name };
    if ((await kube.get(ref)) !== undefined) found.push({ of: each, ref });
  }
  const [first, second] = found;
  if (second !== undefined) {
    const names = found.map(({ of: each }) => `${fullName(each)}/${name}`).join(' or ');
    throw new VerbFailed(`there are several called '${name}' in "${namespace}": say ${names}`);
  }
  if (first !== undefined) return first;
  const shown = [...new Set(of.map(({ kind }) => kind))].join(' or ');
  throw new VerbFailed(
    isServed ? `${shown} object '${name}' not found in "${namespace}" namespace` : notServed(of),
  );
}

/** Says which kinds a server has not got: `A, B (group/version); C (group/version)`. */
export function notServed(of: readonly FluxKind[]): string {
  const versions = [...new Set(of.map(apiVersionOf))];
  const shown = versions.map((version) => {
    const names = of.filter((each) => apiVersionOf(each) === version).map(({ kind }) => kind);
    return `${names.join(', ')} (${version})`;
  });
  return `the cluster has no ${shown.join('; ')}`;
}
