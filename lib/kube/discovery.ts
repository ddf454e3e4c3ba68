/** Which kinds the server knows, cached. */
import { parseApiVersion } from '../objects/mod.ts';
import type { Clock } from '../runtime/mod.ts';
import type { ResourceType } from './client.ts';
import { KubeError } from './errors.ts';
import type { Transport } from './transport.ts';

export interface Discovery {
  resourceType(kind: { apiVersion: string; kind: string }): Promise<ResourceType | undefined>;
  resourceTypes(): Promise<readonly ResourceType[]>;
  invalidate(): void;
}

/** A miss asks the server again, but not more often than this. */
const missIntervalMs = 10_000;

const aggregated =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,' +
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json';

interface Snapshot {
  all: readonly ResourceType[];
  preferred: readonly ResourceType[];
  byKind: ReadonlyMap<string, ResourceType>;
  takenAt: number;
}

export function createDiscovery(transport: Transport, clock: Clock): Discovery {
  let current: Promise<Snapshot> | undefined;
  const snapshot = () => {
    if (current === undefined) {
      const pending = discover(transport, clock);
      current = pending;
      pending.catch(() => {
        if (current === pending) current = undefined;
      });
    }
    return current;
  };
  return {
    resourceType: async ({ apiVersion, kind }) => {
      const key = `${apiVersion}/${kind}`;
      const asked = snapshot();
      const first = await asked;
      const found = first.byKind.get(key);
      if (found !== undefined || clock.now().getTime() - first.takenAt < missIntervalMs)
        return found;
      // Of many misses at once, the first asks the server and the others wait for its answer.
      if (current === asked) current = undefined;
      return (await snapshot()).byKind.get(key);
    },
    resourceTypes: async () => (await snapshot()).preferred,
    invalidate: () => {
      current = undefined;
    },
  };
}

async function discover(transport: Transport, clock: Clock): Promise<Snapshot> {
  const [core, groups] = await Promise.all([
    readGroups(transport, '/api'),
    readGroups(transport, '/apis'),
  ]);
  const all = [...core, ...groups].flat();
  const byKind = new Map<string, ResourceType>();
  for (const type of all) {
    const key = `${type.group === '' ? '' : `${type.group}/`}${type.version}/${type.kind}`;
    if (!byKind.has(key)) byKind.set(key, type);
  }
  const preferred = new Map<string, ResourceType>();
  // Versions come in the server's order of preference.
  for (const type of all) {
    const key = `${type.group}/${type.resource}`;
    if (!preferred.has(key)) preferred.set(key, type);
  }
  return { all, preferred: [...preferred.values()], byKind, takenAt: clock.now().getTime() };
}

interface AggregatedList {
  items?: {
    metadata?: { name?: string };
    versions?: {
      version: string;
      freshness?: string;
      resources?: {
        resource: string;
        responseKind?: { kind?: string };
        scope?: string;
        verbs?: string[];
        shortNames?: string[];
      }[];
    }[];
  }[];
}

async function readGroups(transport: Transport, path: '/api' | '/apis'): Promise<ResourceType[][]> {
  const body = JSON.parse(
    await transport.send({ method: 'GET', path, accept: aggregated, subject: path }),
  ) as {
    kind?: string;
  } & AggregatedList & {
      versions?: string[];
      groups?: {
        versions: { groupVersion: string }[];
        preferredVersion?: { groupVersion: string };
      }[];
    };
  if (body.kind === 'APIGroupDiscoveryList') return (body.items ?? []).map(fromAggregated);
  const groupVersions =
    path === '/api'
      ? (body.versions ?? [])
      : (body.groups ?? []).flatMap((group) => {
          const preferred = group.preferredVersion?.groupVersion;
          const rest = group.versions
            .map(({ groupVersion }) => groupVersion)
            .filter((version) => version !== preferred);
          return preferred === undefined ? rest : [preferred, ...rest];
        });
  return Promise.all(
    groupVersions.map((groupVersion) => readLegacy(transport, path, groupVersion)),
  );
}

function fromAggregated(group: NonNullable<AggregatedList['items']>[number]): ResourceType[] {
  return (group.versions ?? []).flatMap((version) =>
    (version.resources ?? []).map((resource) => ({
      group: group.metadata?.name ?? '',
      version: version.version,
      kind: resource.responseKind?.kind ?? '',
      resource: resource.resource,
      namespaced: resource.scope === 'Namespaced',
      verbs: resource.verbs ?? [],
      ...(resource.shortNames === undefined ? {} : { shortNames: resource.shortNames }),
    })),
  );
}

/** A group whose server is down is left out; its objects are simply not known now. */
async function readLegacy(
  transport: Transport,
  path: string,
  groupVersion: string,
): Promise<ResourceType[]> {
  const { group, version } = parseApiVersion(groupVersion);
  let text: string;
  try {
    text = await transport.send({
      method: 'GET',
      path: `${path}/${groupVersion}`,
      subject: groupVersion,
    });
  } catch (thrown) {
    if (thrown instanceof KubeError && (thrown.status === 503 || thrown.status === 404)) return [];
    throw thrown;
  }
  const body = JSON.parse(text) as {
    resources?: {
      name: string;
      kind: string;
      namespaced: boolean;
      verbs?: string[];
      shortNames?: string[];
    }[];
  };
  return (body.resources ?? [])
    .filter(({ name }) => !name.includes('/'))
    .map((resource) => ({
      group,
      version,
      kind: resource.kind,
      resource: resource.name,
      namespaced: resource.namespaced,
      verbs: resource.verbs ?? [],
      ...(resource.shortNames === undefined ? {} : { shortNames: resource.shortNames }),
    }));
}
