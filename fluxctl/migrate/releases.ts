/** All v1 HelmReleases as v2 ones, with the sources that they share. Pure. */
import type { HelmRelease, KubeObject } from '../../lib/objects/mod.ts';
import { sourceIdentity, sourceName } from './chart-source.ts';
import type { ChartSource } from './chart-source.ts';
import { convertRelease } from './convert-release.ts';
import type { ConvertedRelease, ReleaseOptions } from './convert-release.ts';
import { distinctNames } from './names.ts';

export interface PlannedRelease {
  converted: ConvertedRelease;
  object: KubeObject;
  /** Of its chart; `undefined` when none could be made. */
  sourceObject: KubeObject | undefined;
}

export interface SourceOptions {
  /** How often Git repositories are asked: the operator's `--git-poll-interval`. */
  gitInterval: string;
  /** How often chart repositories are. */
  helmInterval: string;
}

const sourceVersion = 'source.toolkit.fluxcd.io/v1';

/** One object for each URL and ref of a namespace. Two releases by one name are refused. */
export function planReleases(
  releases: readonly HelmRelease[],
  options: ReleaseOptions & SourceOptions,
): PlannedRelease[] {
  const converted = releases.map((hr) => convertRelease(hr, options));
  const sources = converted.flatMap(({ source }) => source ?? []);
  const namespaces = [...new Set(sources.map(({ namespace }) => namespace))];
  const names = new Map(
    namespaces.flatMap((namespace) => [
      ...distinctNames(
        sources.filter((source) => source.namespace === namespace),
        (source) => sourceName(source),
        (source) => sourceIdentity(source),
      ),
    ]),
  );
  const users = new Map<string, ConvertedRelease>();
  for (const each of converted) {
    const key = `${each.release.namespace}/${each.release.name}`;
    const first = users.get(key);
    if (first !== undefined) {
      const { namespace, name } = first.from.metadata;
      each.notes.refuse(`HelmRelease ${namespace}/${name} names the same release, ${key}`);
    }
    users.set(key, first ?? each);
  }
  const made = new Map<string, KubeObject>();
  return converted.map((each) => {
    const { source } = each;
    if (source === undefined)
      return { converted: each, object: each.object(''), sourceObject: undefined };
    const id = sourceIdentity(source);
    const name = names.get(id) ?? '';
    const sourceObject = made.get(id) ?? objectOf(source, name, options);
    made.set(id, sourceObject);
    return { converted: each, object: each.object(name), sourceObject };
  });
}

function objectOf(source: ChartSource, name: string, options: SourceOptions): KubeObject {
  const { kind, namespace, url, secret } = source;
  const secretRef = secret === '' ? {} : { secretRef: { name: secret } };
  return {
    apiVersion: sourceVersion,
    kind,
    metadata: { name, namespace },
    spec:
      source.kind === 'GitRepository'
        ? { interval: options.gitInterval, url, ref: source.ref, ...secretRef }
        : {
            ...(source.isOci ? { type: 'oci' } : {}),
            interval: options.helmInterval,
            url,
            ...secretRef,
          },
  };
}
