/** Objects of manifests that were stored when the cluster served other API versions than now. */
import type { KubeClient } from '../../kube/mod.ts';
import type { KubeObject } from '../../objects/mod.ts';
import { parseApiVersion } from '../../objects/mod.ts';
import type { ActionContext } from './context.ts';
import { buildObjects } from './objects.ts';
import type { ReleaseObject } from './objects.ts';

/**
 * The objects of a stored manifest. With `servedApis`, one whose version is no longer served stands in the version that
 * is, for it is the same object in the cluster; Helm fails at it.
 *
 * @throws HelmError `InvalidManifest`
 */
export function storedObjects(context: ActionContext, manifest: string): Promise<ReleaseObject[]> {
  const { kube, namespace, servedApis } = context;
  return buildObjects(kube, manifest, namespace, servedApis ? servedVersion(kube) : undefined);
}

/** The group that kinds of `extensions` went to (Kubernetes 1.16 and 1.22). */
const extensions: Readonly<Record<string, string>> = {
  DaemonSet: 'apps',
  Deployment: 'apps',
  ReplicaSet: 'apps',
  Ingress: 'networking.k8s.io',
  NetworkPolicy: 'networking.k8s.io',
  PodSecurityPolicy: 'policy',
};

/** @returns the API version that serves a kind now; `gone` for a kind of Kubernetes itself that nothing serves */
const servedVersion =
  (kube: KubeClient) =>
  async ({ apiVersion, kind }: KubeObject): Promise<string | undefined> => {
    const old = parseApiVersion(apiVersion).group;
    const group = old === 'extensions' ? (extensions[kind] ?? old) : old;
    const types = await kube.resourceTypes();
    const type = types.find((each) => each.group === group && each.kind === kind);
    if (type !== undefined) return group === '' ? type.version : `${group}/${type.version}`;
    // Of a definition that is gone, nobody knows whether the objects are.
    return !group.includes('.') || group.endsWith('.k8s.io') ? 'gone' : undefined;
  };
