/** What the server serves: the built-in kinds, and those that CustomResourceDefinitions add. */
import type { TypeNode } from './schema/type-node.ts';

export interface Column {
  name: string;
  type: string;
  format?: string;
  description?: string;
  /** 0 is shown always, more only with `-o wide`. */
  priority?: number;
}

/** A kind in one version. */
export interface Kind {
  group: string;
  version: string;
  kind: string;
  /** Plural. */
  resource: string;
  singular: string;
  namespaced: boolean;
  shortNames: readonly string[];
  categories: readonly string[];
  /** Has a status subresource: the object's own endpoint leaves the status alone, and the reverse. */
  status: boolean;
  /** Has a scale subresource. */
  scale: boolean;
  /** Counts `metadata.generation`. */
  generation: boolean;
  /** Answers POST only, nothing is kept (reviews). */
  virtual?: boolean;
  /** Set for kinds of a CustomResourceDefinition. */
  custom?: CustomKind;
}

export interface CustomKind {
  definition: string;
  /** `openAPIV3Schema` of the version. */
  schema: Record<string, unknown> | undefined;
  type: TypeNode;
  preserveUnknownFields: boolean;
  columns: readonly (Column & { jsonPath: string })[];
  storage: boolean;
}

/** Where the objects of a kind are kept: the same for all its versions. */
export const storageKey = (kind: Pick<Kind, 'group' | 'resource'>): string =>
  `${kind.group}/${kind.resource}`;

export const apiVersionOf = (kind: Pick<Kind, 'group' | 'version'>): string =>
  kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;

/**
 * `group/version Kind plural flags short,names`: flags are `n` namespaced, `s` status, `g` generation, `x` scale, `a` of the
 * category `all`, `v` virtual.
 */
const table = `
v1 Namespace namespaces s ns
v1 ConfigMap configmaps n cm
v1 Secret secrets n
v1 Service services nsa svc
v1 ServiceAccount serviceaccounts n sa
v1 Pod pods nsa po
v1 PodTemplate podtemplates ng
v1 ReplicationController replicationcontrollers nsgxa rc
v1 Endpoints endpoints n ep
v1 Event events n ev
v1 Node nodes s no
v1 PersistentVolume persistentvolumes s pv
v1 PersistentVolumeClaim persistentvolumeclaims ns pvc
v1 ResourceQuota resourcequotas ns quota
v1 LimitRange limitranges n limits
apps/v1 Deployment deployments nsgxa deploy
apps/v1 ReplicaSet replicasets nsgxa rs
apps/v1 StatefulSet statefulsets nsgxa sts
apps/v1 DaemonSet daemonsets nsga ds
apps/v1 ControllerRevision controllerrevisions n
batch/v1 Job jobs nsga
batch/v1 CronJob cronjobs nsga cj
autoscaling/v2 HorizontalPodAutoscaler horizontalpodautoscalers nsa hpa
networking.k8s.io/v1 Ingress ingresses nsg ing
networking.k8s.io/v1 IngressClass ingressclasses g
networking.k8s.io/v1 NetworkPolicy networkpolicies ng netpol
policy/v1 PodDisruptionBudget poddisruptionbudgets nsg pdb
rbac.authorization.k8s.io/v1 Role roles n
rbac.authorization.k8s.io/v1 RoleBinding rolebindings n
rbac.authorization.k8s.io/v1 ClusterRole clusterroles -
rbac.authorization.k8s.io/v1 ClusterRoleBinding clusterrolebindings -
storage.k8s.io/v1 StorageClass storageclasses - sc
coordination.k8s.io/v1 Lease leases n
discovery.k8s.io/v1 EndpointSlice endpointslices ng
scheduling.k8s.io/v1 PriorityClass priorityclasses g pc
admissionregistration.k8s.io/v1 MutatingWebhookConfiguration mutatingwebhookconfigurations g
admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration validatingwebhookconfigurations g
apiregistration.k8s.io/v1 APIService apiservices s
apiextensions.k8s.io/v1 CustomResourceDefinition customresourcedefinitions sg crd,crds
authorization.k8s.io/v1 SelfSubjectAccessReview selfsubjectaccessreviews v
authorization.k8s.io/v1 SelfSubjectRulesReview selfsubjectrulesreviews v
authentication.k8s.io/v1 SelfSubjectReview selfsubjectreviews v
`;

const builtin: readonly Kind[] = table
  .trim()
  .split('\n')
  .map((line) => {
    const [apiVersion = '', kind = '', resource = '', flags = '', short = ''] = line.split(' ');
    const slash = apiVersion.indexOf('/');
    return {
      group: slash < 0 ? '' : apiVersion.slice(0, slash),
      version: apiVersion.slice(slash + 1),
      kind,
      resource,
      singular: kind.toLowerCase(),
      namespaced: flags.includes('n'),
      shortNames: short === '' ? [] : short.split(','),
      categories: flags.includes('a') ? ['all'] : flags === 'sg' ? ['api-extensions'] : [],
      status: flags.includes('s'),
      scale: flags.includes('x'),
      generation: flags.includes('g'),
      ...(flags.includes('v') ? { virtual: true } : {}),
    };
  });

/** The kinds served now. */
export interface KindRegistry {
  all(): readonly Kind[];
  /** By URL. */
  byResource(group: string, version: string, resource: string): Kind | undefined;
  byKind(apiVersion: string, kind: string): Kind | undefined;
  /** Replaces the kinds of one CustomResourceDefinition; none takes them away. */
  setCustom(definition: string, kinds: readonly Kind[]): void;
}

export function createKindRegistry(): KindRegistry {
  const custom = new Map<string, readonly Kind[]>();
  let all: readonly Kind[] = builtin;
  let resources = new Map<string, Kind>();
  let kinds = new Map<string, Kind>();
  const index = () => {
    all = [...builtin, ...[...custom.values()].flat()];
    resources = new Map(all.map((kind) => [`${apiVersionOf(kind)}/${kind.resource}`, kind]));
    kinds = new Map(all.map((kind) => [`${apiVersionOf(kind)} ${kind.kind}`, kind]));
  };
  index();
  return {
    all: () => all,
    byResource: (group, version, resource) =>
      resources.get(`${apiVersionOf({ group, version })}/${resource}`),
    byKind: (apiVersion, kind) => kinds.get(`${apiVersion} ${kind}`),
    setCustom: (definition, added) => {
      if (added.length === 0) custom.delete(definition);
      else custom.set(definition, added);
      index();
    },
  };
}
