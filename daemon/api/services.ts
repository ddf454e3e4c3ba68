/** Workloads and their images as the API shows them (spec flux-v1 §8.2). */
import type { KubeClient } from '../../lib/kube/mod.ts';
import { containersOf, filterOf, hasPolicy, valueAt } from '../../lib/manifest/mod.ts';
import { clusterScope, formatResourceId, resourceId } from '../../lib/objects/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { filterAndSort, formatImageRef, withTag } from '../../lib/policy/mod.ts';
import type { ImageName } from '../../lib/policy/mod.ts';
import type {
  ControllerStatus,
  ImageStatus,
  ReadOnlyReason,
  WireContainer,
  WireImage,
} from '../../lib/wire/mod.ts';
import type { Workload } from '../automation/automate.ts';
import type { ImageRecord, ImageStore } from '../automation/image-store.ts';
import { inParallel } from '../../lib/runtime/mod.ts';

const kinds = [
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'apps/v1', kind: 'DaemonSet' },
  { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  { apiVersion: 'batch/v1', kind: 'CronJob' },
  { apiVersion: 'helm.fluxcd.io/v1', kind: 'HelmRelease' },
];

/** Every live workload, by ID. */
export async function liveWorkloads(
  kube: KubeClient,
  namespace: string | undefined,
): Promise<Map<string, KubeObject>> {
  const found = new Map<string, KubeObject>();
  await inParallel(kinds, kinds.length, async (kind) => {
    if ((await kube.resourceType(kind)) === undefined) return;
    const { items } = await kube.list({ ...kind, namespace });
    for (const item of items) {
      const { namespace: home = clusterScope, name = '' } = item.metadata;
      found.set(formatResourceId(resourceId(home, kind.kind, name)), { ...item, ...kind });
    }
  });
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function controllerStatus(
  id: string,
  live: KubeObject,
  known: Workload | undefined,
  readOnly: ReadOnlyReason,
  syncError: string,
): ControllerStatus {
  const policies = known?.policies ?? new Map<string, string>();
  return {
    ID: id,
    Containers: containersOf(live).map(({ name, image }) => ({
      Name: name,
      Current: { ID: image === undefined ? '' : formatImageRef(image) },
    })),
    ReadOnly: readOnly === '' && known === undefined ? 'NotInRepo' : readOnly,
    ...rollout(live),
    SyncError: syncError,
    Antecedent: live.metadata.annotations?.['helm.fluxcd.io/antecedent'] ?? '',
    Labels: live.metadata.labels ?? null,
    Automated: hasPolicy(policies, 'automated'),
    Locked: hasPolicy(policies, 'locked'),
    Ignore: hasPolicy(policies, 'ignore'),
    Policies: known === undefined ? null : Object.fromEntries(policies),
  };
}

/** Status and numbers of spec flux-v1 §5.1. */
function rollout(live: KubeObject): Pick<ControllerStatus, 'Status' | 'Rollout'> {
  const number = (...path: string[]) => {
    const value = valueAt(live, path);
    return typeof value === 'number' ? value : undefined;
  };
  const status = (name: string) => number('status', name) ?? 0;
  const zero = { Desired: 0, Updated: 0, Ready: 0, Available: 0, Outdated: 0, Messages: null };
  const observed = status('observedGeneration') >= (live.metadata.generation ?? 0);
  const settle = (
    numbers: Omit<ControllerStatus['Rollout'], 'Messages'>,
    messages: string[] = [],
  ) => {
    const { Desired, Updated, Available, Outdated } = numbers;
    const done = Updated === Desired && Available === Desired && Outdated === 0;
    const state = !observed ? 'started' : done ? 'ready' : 'updating';
    return {
      Status: messages.length > 0 ? 'error' : state,
      Rollout: { ...numbers, Messages: messages.length > 0 ? messages : null },
    };
  };
  switch (live.kind) {
    case 'Deployment':
      return settle(
        {
          Desired: number('spec', 'replicas') ?? 1,
          Updated: status('updatedReplicas'),
          Ready: status('readyReplicas'),
          Available: status('availableReplicas'),
          Outdated: status('replicas') - status('updatedReplicas'),
        },
        badConditions(live),
      );
    case 'DaemonSet':
      return settle({
        Desired: status('desiredNumberScheduled'),
        Updated: status('updatedNumberScheduled'),
        Ready: status('numberReady'),
        Available: status('numberAvailable'),
        Outdated: status('currentNumberScheduled') - status('updatedNumberScheduled'),
      });
    case 'StatefulSet': {
      const replicas = number('spec', 'replicas') ?? 1;
      const partition = number('spec', 'updateStrategy', 'rollingUpdate', 'partition') ?? 0;
      const desired = Math.max(0, replicas - partition);
      const moving =
        valueAt(live, ['status', 'currentRevision']) !==
        valueAt(live, ['status', 'updateRevision']);
      const updated = moving ? status('updatedReplicas') : status('currentReplicas');
      const ready = status('readyReplicas');
      const numbers = {
        Desired: desired,
        Updated: updated,
        Ready: ready,
        Available: ready,
        Outdated: desired - updated,
      };
      const done = updated === desired && ready === replicas;
      return {
        Status: !observed ? 'started' : done ? 'ready' : 'updating',
        Rollout: { ...numbers, Messages: null },
      };
    }
    case 'CronJob':
      return { Status: 'ready', Rollout: zero };
    default: {
      const state = valueAt(live, ['status', 'releaseStatus']);
      return { Status: typeof state === 'string' ? state : '', Rollout: zero };
    }
  }
}

function badConditions(live: KubeObject): string[] {
  const conditions = valueAt(live, ['status', 'conditions']);
  return (Array.isArray(conditions) ? conditions : []).flatMap((condition: unknown) => {
    const [type, state, message] = ['type', 'status', 'message'].map((key) =>
      valueAt(condition, [key]),
    );
    const bad =
      (type === 'Progressing' && state === 'False') ||
      (type === 'ReplicaFailure' && state === 'True');
    return bad && typeof message === 'string' ? [message] : [];
  });
}

export function imageStatus(
  id: string,
  live: KubeObject,
  known: Workload | undefined,
  store: Pick<ImageStore, 'get'> | undefined,
): ImageStatus {
  return {
    ID: id,
    Containers: containersOf(live).map(({ name, image }): WireContainer => {
      const record = image && store?.get(image);
      if (image === undefined || record === undefined)
        return { Name: name, Current: {}, AvailableError: 'image data not available' };
      const pattern = filterOf(known?.policies ?? new Map<string, string>(), name);
      const candidates = record.tags.map((tag) => candidateOf(tag, record));
      const sorted = [...candidates].sort((a, b) => pattern.compare(a, b));
      const filtered = filterAndSort(candidates, pattern);
      const newer = (list: readonly { tag: string }[]) =>
        Math.max(
          0,
          list.findIndex(({ tag }) => tag === image.tag),
        );
      const show = (tag: string) => wireImage(image, tag, record);
      return {
        Name: name,
        Current: record.tags.includes(image.tag) ? show(image.tag) : {},
        ...(filtered[0] === undefined ? {} : { LatestFiltered: show(filtered[0].tag) }),
        Available: sorted.map(({ tag }) => show(tag)),
        ...(record.error === '' ? {} : { AvailableError: record.error }),
        AvailableImagesCount: sorted.length,
        NewAvailableImagesCount: newer(sorted),
        FilteredImagesCount: filtered.length,
        NewFilteredImagesCount: newer(filtered),
      };
    }),
  };
}

function candidateOf(tag: string, { infos }: ImageRecord) {
  const created = infos.get(tag)?.createdAt;
  return { tag, createdAt: created === undefined ? undefined : Date.parse(created) };
}

/** The labels that clients get to see. */
const timeLabels = ['org.label-schema.build-date', 'org.opencontainers.image.created'];

function wireImage(name: ImageName, tag: string, { infos }: ImageRecord): WireImage {
  const info = infos.get(tag);
  const ID = formatImageRef(withTag(name, tag));
  if (info === undefined) return { ID };
  return {
    ID,
    Digest: info.digest,
    ImageID: info.imageId,
    Labels: Object.fromEntries(
      Object.entries(info.labels).filter(([label]) => timeLabels.includes(label)),
    ),
    ...(info.createdAt === undefined ? {} : { CreatedAt: info.createdAt }),
    LastFetched: info.lastFetched,
  };
}
