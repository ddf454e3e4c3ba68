/**
 * Which of two generations works on a Helm release: HelmReleases of `helm.fluxcd.io` (v1) and of `helm.toolkit.fluxcd.io`
 * (v2) may name the same one. Each engine asks here before it touches a release; docs/decisions/0010 explains the rule. Pure.
 */
import { isRecord } from '../runtime/mod.ts';
import { releaseNameOf, targetNamespaceOf } from './helm-release.ts';
import type { HelmRelease } from './helm-release.ts';
import type { KubeObject } from './object.ts';
import { shortenName } from './release-name.ts';

export const v1Group = 'helm.fluxcd.io';
export const v2Group = 'helm.toolkit.fluxcd.io';

export const handoverKeys = {
  /** On the one that gives a release away: who has it now. Nothing is done to the release any more, nor uninstalled. */
  to: 'helm.fluxcd.io/handed-over-to',
  /** On a v2 HelmRelease: whose release it goes on with, without a revision where nothing changes. */
  from: 'helm.fluxcd.io/taken-over-from',
} as const;

/** Helm's own name of a release: that of its storage. */
export interface StoredRelease {
  namespace: string;
  name: string;
}

export interface ReleaseClaim {
  group: typeof v1Group | typeof v2Group;
  namespace: string;
  name: string;
  release: StoredRelease;
  /**
   * - `gave`: handed over to somebody else;
   * - `holds`: has released it, and says so in its status;
   * - `begins`: about to work on it for the first time;
   * - `wants`: names it;
   * - `rests`: names it, but is suspended and has never worked on it.
   */
  state: 'gave' | 'holds' | 'begins' | 'wants' | 'rests';
  /** Of a v2 HelmRelease: the v1 one whose release it goes on with, as `formatOwner` writes it. */
  from: string;
}

/** `helm.toolkit.fluxcd.io/apps/podinfo`: the text of both annotations. */
export const formatOwner = ({
  group,
  namespace,
  name,
}: Pick<ReleaseClaim, 'group' | 'namespace' | 'name'>): string => `${group}/${namespace}/${name}`;

export function claimOfV1(hr: HelmRelease): ReleaseClaim {
  const { namespace, name, annotations = {} } = hr.metadata;
  return {
    group: v1Group,
    namespace,
    name,
    release: { namespace: targetNamespaceOf(hr), name: releaseNameOf(hr) },
    state: annotationOf(annotations, 'to') === '' ? 'wants' : 'gave',
    from: '',
  };
}

/** What a v2 HelmRelease claims; nothing when its release is in another cluster, or it names none. */
export function claimOfV2(object: KubeObject): ReleaseClaim | undefined {
  const { namespace = '', name = '', annotations = {} } = object.metadata;
  const { spec, status } = object;
  if (!isRecord(spec) || spec['kubeConfig'] !== undefined) return undefined;
  const target = textOf(spec['targetNamespace']);
  const storage = textOf(spec['storageNamespace']) || namespace;
  const given = textOf(spec['releaseName']);
  const release = {
    namespace: storage,
    name: shortenName(given || (target === '' ? name : `${target}-${name}`)),
  };
  const begun = isRecord(status) ? textOf(status['storageNamespace']) : '';
  const history: unknown = isRecord(status) ? status['history'] : undefined;
  const latest: unknown = Array.isArray(history) ? history[0] : undefined;
  const holds = isRecord(latest) && latest['name'] === release.name && begun === storage;
  const state =
    annotationOf(annotations, 'to') !== ''
      ? 'gave'
      : holds
        ? 'holds'
        : begun === storage
          ? 'begins'
          : spec['suspend'] === true
            ? 'rests'
            : 'wants';
  return {
    group: v2Group,
    namespace,
    name,
    release,
    state,
    from: annotationOf(annotations, 'from'),
  };
}

export const isSameRelease = (a: StoredRelease, b: StoredRelease): boolean =>
  a.namespace === b.namespace && a.name === b.name;

/**
 * Who keeps a v1 HelmRelease from working on its release: a v2 one that has released it, or is about to. One that only
 * names it waits itself.
 */
export function rivalOfV1(
  own: ReleaseClaim,
  others: readonly ReleaseClaim[],
): ReleaseClaim | undefined {
  return others.find(
    ({ release, state }) =>
      isSameRelease(release, own.release) && (state === 'holds' || state === 'begins'),
  );
}

/** Who keeps a v2 HelmRelease from working on its release: a v1 one that has not given it away. What was released is kept. */
export function rivalOfV2(
  own: ReleaseClaim,
  others: readonly ReleaseClaim[],
): ReleaseClaim | undefined {
  if (own.state === 'holds') return undefined;
  return others.find(
    ({ release, state }) => isSameRelease(release, own.release) && state !== 'gave',
  );
}

/** Who goes on with the release of a v1 HelmRelease that is deleted, so that nothing is uninstalled. */
export function heirOfV1(
  own: ReleaseClaim,
  others: readonly ReleaseClaim[],
): ReleaseClaim | undefined {
  return (
    rivalOfV1(own, others) ??
    others.find(
      ({ release, state, from }) =>
        isSameRelease(release, own.release) && state !== 'gave' && from === formatOwner(own),
    )
  );
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const annotationOf = (
  annotations: Readonly<Record<string, string>>,
  key: keyof typeof handoverKeys,
): string => annotations[handoverKeys[key]]?.trim() ?? '';

/** Who has the release now, by the annotation of the one that gave it away; '' when it has not. */
export const handedOverTo = ({ metadata }: KubeObject): string =>
  annotationOf(metadata.annotations ?? {}, 'to');

/** Whose release a v2 HelmRelease goes on with; '' when it says nothing. */
export const takenOverFrom = ({ metadata }: KubeObject): string =>
  annotationOf(metadata.annotations ?? {}, 'from');
