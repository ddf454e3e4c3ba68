/** Where the chart of a v1 HelmRelease comes from, as the newer generation asks for it. Pure (spec §6.3). */
import { safeUrl } from '../../lib/git/mod.ts';
import type { HelmRelease } from '../../lib/objects/mod.ts';
import { nameOfUrl, objectName } from './names.ts';
import type { Notes } from './notes.ts';

export interface GitRef {
  branch?: string;
  tag?: string;
  commit?: string;
}

export type ChartSource =
  | {
      kind: 'GitRepository';
      namespace: string;
      url: string;
      /** As v1 has it. */
      refText: string;
      ref: GitRef;
      secret: string;
      /** Folder of the chart; `.` for the root. */
      chart: string;
    }
  | {
      kind: 'HelmRepository';
      namespace: string;
      url: string;
      isOci: boolean;
      secret: string;
      chart: string;
      version: string;
    };

const retired = /^https?:\/\/kubernetes-charts\.storage\.googleapis\.com\/?$/;

/**
 * Where the operator looks for the chart; `undefined` when it is not told.
 *
 * @param defaultRef the operator's `--git-default-ref`
 */
export function givenSourceOf(
  { metadata: { namespace }, spec: { chart } }: HelmRelease,
  defaultRef: string,
): ChartSource | undefined {
  if (chart.git && chart.path) {
    const refText = chart.ref || defaultRef;
    return {
      kind: 'GitRepository',
      namespace: chart.secretRef?.namespace ?? namespace,
      url: chart.git,
      refText,
      ref: gitRefOf(refText),
      secret: chart.secretRef?.name ?? '',
      chart: chart.path.replaceAll(/^(\.?\/)+|\/+$/g, '') || '.',
    };
  }
  if (!chart.repository || !chart.name || !chart.version) return undefined;
  const url = retired.test(chart.repository) ? 'https://charts.helm.sh/stable' : chart.repository;
  return {
    kind: 'HelmRepository',
    namespace,
    url,
    isOci: url.startsWith('oci://'),
    secret: chart.chartPullSecret?.name ?? '',
    chart: chart.name,
    version: chart.version,
  };
}

/** The same for objects of the newer generation, with what there is to say about the difference. */
export function chartSourceOf(
  hr: HelmRelease,
  defaultRef: string,
  notes: Notes,
): ChartSource | undefined {
  const source = givenSourceOf(hr, defaultRef);
  if (source === undefined) {
    notes.refuse('the chart has no source: neither git and path, nor repository, name and version');
    return undefined;
  }
  if (source.kind === 'GitRepository') return fromGit(hr, source, notes);
  const { url } = source;
  const given = hr.spec.chart.repository;
  if (url !== given)
    notes.warn(
      `the chart repository ${given ?? ''} was retired; https://charts.helm.sh/stable is used in its place, as the operator does`,
    );
  if (!/^(https?|oci):\/\//.test(url)) {
    notes.refuse(`a HelmRepository cannot have the URL ${url}: use http, https or oci`);
    return undefined;
  }
  return source;
}

function fromGit(
  hr: HelmRelease,
  given: Extract<ChartSource, { kind: 'GitRepository' }>,
  notes: Notes,
): ChartSource | undefined {
  const { chart } = hr.spec;
  const { refText, ref } = given;
  const url = safeUrl(given.url);
  if (!/^(https?|ssh):\/\//.test(url)) {
    notes.refuse(`a GitRepository cannot have the URL ${url}: use https or ssh`);
    return undefined;
  }
  const { namespace } = hr.metadata;
  if (given.secret !== '' && given.namespace !== namespace)
    notes.warn(
      `the Secret ${given.namespace}/${given.secret} of the chart's repository has to be copied to ${namespace}: a GitRepository reads only those of its own namespace`,
    );
  if (ref.tag !== undefined && !refText.startsWith('refs/'))
    notes.warn(`chart.ref ${refText} is taken for a tag, by its form`);
  if (ref.branch !== undefined && /^[0-9a-f]{7,39}$/.test(refText))
    notes.warn(
      `chart.ref ${refText} is taken for a branch: a commit has to be given in full, with 40 digits`,
    );
  let { secret } = given;
  if (url.startsWith('ssh://') && secret === '') {
    secret = `${nameOfUrl(url)}-ssh`.slice(0, 63);
    const host = new URL(url).hostname;
    notes.warn(
      `the operator's own key is not used by a GitRepository: make the Secret ${namespace}/${secret} with identity and known_hosts (kubectl -n ${namespace} create secret generic ${secret} --from-file=identity --from-file=known_hosts, the latter by ssh-keyscan ${host})`,
    );
  }
  if (chart.skipDepUpdate === true)
    notes.warn(
      'skipDepUpdate has no counterpart: dependencies that are missing in charts/ are always fetched',
    );
  notes.warn(
    `a revision is made for each new commit of ${refText}, whatever it changes (reconcileStrategy: Revision); the operator made one only for commits below ${chart.path ?? ''}`,
  );
  return { ...given, namespace, url, secret };
}

/** A commit, a tag or a branch, by the form of its name. */
export function gitRefOf(text: string): GitRef {
  const [, kind, rest = ''] = /^refs\/(heads|tags)\/(.+)$/.exec(text) ?? [];
  if (kind === 'heads') return { branch: rest };
  if (kind === 'tags') return { tag: rest };
  if (/^[0-9a-f]{40}$/.test(text)) return { commit: text };
  return /^v?\d+\.\d+/.test(text) ? { tag: text } : { branch: text };
}

/** The same for sources that can be one object. */
export const sourceIdentity = (source: ChartSource): string =>
  JSON.stringify([
    source.kind,
    source.namespace,
    source.url,
    source.kind === 'GitRepository' ? source.ref : source.isOci,
    source.secret,
  ]);

/** The name that a source would like to have: that of its URL, and of a ref that is no common branch. */
export function sourceName(source: ChartSource): string {
  const name = nameOfUrl(source.url);
  if (source.kind !== 'GitRepository') return name;
  const { branch, tag, commit } = source.ref;
  const of = tag ?? commit?.slice(0, 7) ?? (branch === 'master' || branch === 'main' ? '' : branch);
  return of === undefined || of === '' ? name : objectName(`${name}-${of}`);
}
