/** What clients ask first: groups, versions, resources; in the legacy and the aggregated form. */
import { apiVersionOf } from './kinds.ts';
import type { Kind } from './kinds.ts';

const objectVerbs = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];
const subresourceVerbs = ['get', 'patch', 'update'];

/** Groups in their order of first appearance, each with its versions in order of preference. */
function groupsOf(kinds: readonly Kind[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { group, version } of kinds) {
    const versions = groups.get(group) ?? [];
    if (!versions.includes(version)) versions.push(version);
    groups.set(group, versions);
  }
  for (const versions of groups.values()) versions.sort(compareApiVersions);
  return groups;
}

export const apiVersions = (serverAddress: string) => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
});

export function groupList(kinds: readonly Kind[]) {
  const groups = [...groupsOf(kinds)]
    .filter(([group]) => group !== '')
    .map(([group, versions]) => apiGroup(group, versions));
  return { kind: 'APIGroupList', apiVersion: 'v1', groups };
}

export function oneGroup(kinds: readonly Kind[], group: string) {
  const versions = groupsOf(kinds).get(group);
  return versions === undefined || group === ''
    ? undefined
    : { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group, versions) };
}

function apiGroup(group: string, versions: readonly string[]) {
  const entries = versions.map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: entries, preferredVersion: entries[0] };
}

export function resourceList(kinds: readonly Kind[], group: string, version: string) {
  const own = kinds.filter((kind) => kind.group === group && kind.version === version);
  if (own.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf({ group, version }),
    resources: own.flatMap((kind) => [
      {
        name: kind.resource,
        singularName: kind.singular,
        namespaced: kind.namespaced,
        kind: kind.kind,
        verbs: verbsOf(kind),
        ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
        ...(kind.categories.length === 0 ? {} : { categories: kind.categories }),
        ...(kind.virtual === true ? {} : { storageVersionHash: 'AAAAAAAAAAA=' }),
      },
      ...subresourcesOf(kind).map((subresource) => ({
        name: `${kind.resource}/${subresource.name}`,
        singularName: '',
        namespaced: kind.namespaced,
        ...(subresource.name === 'scale' ? { group: 'autoscaling', version: 'v1' } : {}),
        kind: subresource.kind,
        verbs: subresource.verbs,
      })),
    ]),
  };
}

/** `apidiscovery.k8s.io` v2 or v2beta1. */
export function aggregatedList(kinds: readonly Kind[], core: boolean, version: string) {
  const items = [...groupsOf(kinds)]
    .filter(([group]) => (group === '') === core)
    .map(([group, versions]) => ({
      metadata: { ...(core ? {} : { name: group }), creationTimestamp: null },
      versions: versions.map((each) => ({
        version: each,
        freshness: 'Current',
        resources: kinds
          .filter((kind) => kind.group === group && kind.version === each)
          .map((kind) => ({
            resource: kind.resource,
            responseKind: responseKind(kind),
            scope: kind.namespaced ? 'Namespaced' : 'Cluster',
            singularResource: kind.singular,
            verbs: verbsOf(kind),
            ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
            ...(kind.categories.length === 0 ? {} : { categories: kind.categories }),
            ...(subresourcesOf(kind).length === 0
              ? {}
              : {
                  subresources: subresourcesOf(kind).map((subresource) => ({
                    subresource: subresource.name,
                    responseKind:
                      subresource.name === 'scale'
                        ? { group: 'autoscaling', version: 'v1', kind: 'Scale' }
                        : { ...responseKind(kind), kind: subresource.kind },
                    verbs: subresource.verbs,
                  })),
                }),
          })),
      })),
    }));
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items,
  };
}

/** Built-in kinds leave out what the document around them says. */
const responseKind = ({ custom, group, version, kind }: Kind) =>
  custom === undefined ? { group: '', version: '', kind } : { group, version, kind };

const verbsOf = (kind: Kind) => (kind.virtual === true ? ['create'] : objectVerbs);

function subresourcesOf(kind: Kind): { name: string; kind: string; verbs: string[] }[] {
  return [
    ...(kind.status ? [{ name: 'status', kind: kind.kind, verbs: subresourceVerbs }] : []),
    ...(kind.scale ? [{ name: 'scale', kind: 'Scale', verbs: subresourceVerbs }] : []),
    ...(kind.resource === 'pods' && kind.group === ''
      ? [{ name: 'log', kind: 'Pod', verbs: ['get'] }]
      : []),
  ];
}

/** Stable before beta before alpha, higher numbers first; the order in which the API server prefers versions. */
export function compareApiVersions(a: string, b: string): number {
  const rank = (text: string) => {
    const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(text);
    if (match === null) return [-1, 0, 0];
    return [
      match[2] === undefined ? 2 : match[2] === 'beta' ? 1 : 0,
      Number(match[1]),
      Number(match[3] ?? 0),
    ];
  };
  const [left, right] = [rank(a), rank(b)];
  for (const at of [0, 1, 2]) {
    const difference = (right[at] ?? 0) - (left[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}
