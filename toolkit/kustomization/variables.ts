/** Substitution after a build: variables of the spec and of ConfigMaps and Secrets (fluxcd/pkg kustomize, kustomize_varsub.go). */
import type { GoMap } from '../../lib/helm/values/mod.ts';
import { parseYaml, toYaml, YamlError } from '../../lib/helm/yaml/mod.ts';
import type { KubeReader } from '../../lib/kube/mod.ts';
import { Fields } from '../runtime/mod.ts';
import { mapAt, textAt } from './decrypt.ts';
import { substitute } from './envsubst.ts';
import { KustomizationError } from './errors.ts';
import type { Substitution } from './spec.ts';

const annotation = 'kustomize.toolkit.fluxcd.io/substitute';
const namePattern = /^[_A-Za-z][_A-Za-z0-9]*$/;

const failed = (message: string, cause?: unknown) =>
  new KustomizationError('BuildFailed', 'postBuild', message, { cause });

/** Later references win over earlier ones, the spec's own values over all. @throws KustomizationError `BuildFailed` */
export async function loadVariables(
  kube: KubeReader,
  namespace: string,
  { values, from }: Substitution,
): Promise<Map<string, string>> {
  const variables = new Map<string, string>();
  const set = (name: string, value: string) => variables.set(name, value.replaceAll('\n', ''));
  for (const { kind, name, optional } of from) {
    if (kind !== 'ConfigMap' && kind !== 'Secret') continue;
    const found = await kube.get({ apiVersion: 'v1', kind, namespace, name });
    if (found === undefined) {
      if (optional) continue;
      const plural = kind === 'Secret' ? 'secrets' : 'configmaps';
      throw failed(`substitute from '${kind}/${name}' error: ${plural} "${name}" not found`);
    }
    for (const [key, text] of Object.entries(new Fields(found).textMap('data')))
      set(key, kind === 'Secret' ? Buffer.from(text, 'base64').toString('utf8') : text);
  }
  for (const [key, value] of Object.entries(values)) set(key, value);
  return variables;
}

/**
 * An object with its variables replaced, in the text of its YAML.
 *
 * @param strict variables that are not set are refused, otherwise they are empty
 * @throws KustomizationError `BuildFailed`
 */
export function substituteObject(
  object: GoMap,
  variables: ReadonlyMap<string, string>,
  strict: boolean,
): GoMap {
  const bad = [...variables.keys()].find((name) => !namePattern.test(name));
  if (bad !== undefined) {
    throw failed(
      `envsubst error: '${bad}' var name is invalid, must match '^[_[:alpha:]][_[:alpha:][:digit:]]*$'`,
    );
  }
  const before = toYaml(object);
  let after: string;
  try {
    after = substitute(before, (name) => variables.get(name) ?? (strict ? undefined : ''));
  } catch (cause) {
    throw cause instanceof KustomizationError
      ? failed(`envsubst error: ${cause.message}`, cause)
      : cause;
  }
  if (after === before) return object;
  try {
    const value = parseYaml(after, { integers: true });
    if (value instanceof Map) return value;
  } catch (cause) {
    // What the parser quotes may be a Secret's.
    if (cause instanceof YamlError)
      throw failed('envsubst error: YAMLToJSON: the result is no YAML');
    throw cause;
  }
  throw failed('envsubst error: YAMLToJSON: the result is no object');
}

export function isSubstituted(object: GoMap): boolean {
  const metadata = mapAt(object, 'metadata');
  return ['labels', 'annotations'].every(
    (key) => textAt(mapAt(metadata, key), annotation) !== 'disabled',
  );
}
