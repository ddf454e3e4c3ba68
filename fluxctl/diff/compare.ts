/** Two states of a cluster beside each other, object by object. Pure. */
import { createHash } from 'node:crypto';
import { parseYaml, toYaml } from '../../lib/helm/yaml/mod.ts';
import { readDocuments } from '../../lib/manifest/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';
import { idOf, isObject } from '../simulation/outcome.ts';
import { unifiedDiff } from './lines.ts';

/** Objects by what they are called in the comparison. */
export type State = ReadonlyMap<string, KubeObject>;

export interface Difference {
  change: 'added' | 'changed' | 'removed';
  /** Resource ID; of a chart's object with its release. */
  subject: string;
  diff: string;
}

export function compare(before: State, after: State, showSecrets: boolean): Difference[] {
  const subjects = [...new Set([...before.keys(), ...after.keys()])].sort();
  return subjects.flatMap((subject): Difference[] => {
    const [old, now] = [before.get(subject), after.get(subject)];
    const print = (object: KubeObject | undefined) =>
      object === undefined ? '' : textOf(showSecrets ? object : hidden(object));
    const diff = unifiedDiff(print(old), print(now));
    if (diff === '') return [];
    const change = old === undefined ? 'added' : now === undefined ? 'removed' : 'changed';
    return [{ change, subject, diff }];
  });
}

const textOf = (object: KubeObject) => toYaml(parseYaml(JSON.stringify(object)));

/** Secrets without what they hold, yet so that a change shows. */
function hidden(object: KubeObject): KubeObject {
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1') return object;
  const veil = (map: unknown) =>
    isRecord(map)
      ? Object.fromEntries(Object.entries(map).map(([key, value]) => [key, veilOf(String(value))]))
      : map;
  const { data, stringData } = object as KubeObject & { data?: unknown; stringData?: unknown };
  return {
    ...object,
    ...(data === undefined ? {} : { data: veil(data) }),
    ...(stringData === undefined ? {} : { stringData: veil(stringData) }),
  };
}

const veilOf = (value: string) =>
  `*** (sha256 ${createHash('sha256').update(value).digest('hex').slice(0, 8)})`;

/** The objects of a release's manifest, under its name. @param namespace of objects that give none */
export function releaseState(
  releases: readonly { namespace: string; name: string; manifest: string }[],
): Map<string, KubeObject> {
  const found = new Map<string, KubeObject>();
  for (const { namespace, name, manifest } of releases)
    for (const object of readDocuments(manifest).filter(isObject))
      found.set(`release ${namespace}/${name}: ${idIn(object, namespace)}`, object);
  return found;
}

/** Manifests of charts seldom say their namespace, and never whether their kind has one: the release's stands for all. */
function idIn(object: KubeObject, namespace: string): string {
  const home = object.metadata.namespace ?? namespace;
  return idOf({ ...object, metadata: { ...object.metadata, namespace: home } });
}
