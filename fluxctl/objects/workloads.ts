/** Workloads that fluxd syncs: which they are, what they run, how far their rollout is. Pure. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { policiesOf, hasPolicy } from '../../lib/manifest/mod.ts';
import { checksumAnnotation, markLabel } from '../../lib/wire/mod.ts';
import { at, countAt, eachAt } from './read.ts';

/** Applied by fluxd, or with one of its policies. */
export function isSynced({ metadata }: KubeObject): boolean {
  const { labels = {}, annotations = {} } = metadata;
  return (
    labels[markLabel] !== undefined ||
    annotations[checksumAnnotation] !== undefined ||
    policiesOf(annotations).has('automated')
  );
}

/** fluxd leaves it as it is; `sync_only` says so too. */
export function isIgnored({ metadata }: KubeObject): boolean {
  return ['true', 'sync_only'].includes(policiesOf(metadata.annotations).get('ignore') ?? '');
}

export interface WorkloadState {
  images: string[];
  /** `automated`, `locked`. */
  policies: string[];
  status: 'True' | 'False';
  message: string;
}

export function workloadState(object: KubeObject): WorkloadState {
  const template = object.kind === 'CronJob' ? ['jobTemplate', 'spec', 'template'] : ['template'];
  const images = eachAt(object, 'spec', ...template, 'spec', 'containers').map(({ image }) =>
    String(image),
  );
  const given = policiesOf(object.metadata.annotations);
  const policies = (['automated', 'locked'] as const).filter((name) => hasPolicy(given, name));
  return { images, policies, ...rollout(object) };
}

function rollout(object: KubeObject): Pick<WorkloadState, 'status' | 'message'> {
  if (object.kind === 'CronJob') return { status: 'True', message: 'scheduled' };
  const count = (key: string) => countAt(object, 'status', key) ?? 0;
  const isDaemonSet = object.kind === 'DaemonSet';
  const wanted = isDaemonSet
    ? count('desiredNumberScheduled')
    : (countAt(object, 'spec', 'replicas') ?? 1);
  const updated = count(isDaemonSet ? 'updatedNumberScheduled' : 'updatedReplicas');
  const ready = count(isDaemonSet ? 'numberReady' : 'readyReplicas');
  const seen = at(object, 'status', 'observedGeneration');
  if (seen !== object.metadata.generation)
    return { status: 'False', message: 'the change has not been seen yet' };
  return {
    status: updated >= wanted && ready >= wanted ? 'True' : 'False',
    message: `${updated} of ${wanted} updated, ${ready} ready`,
  };
}
