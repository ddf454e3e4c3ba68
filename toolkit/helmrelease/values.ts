/** The values of a release: references in order, inline ones, then what is set at a path (spec §3.4). */
import { overlayValues, setValues } from '../../lib/helm/chart/mod.ts';
import type { GoMap, GoValue } from '../../lib/helm/values/mod.ts';
import { parseYamlMap } from '../../lib/helm/yaml/mod.ts';
import type { KubeReader } from '../../lib/kube/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { Fields } from '../runtime/mod.ts';
import { ReleaseError } from './errors.ts';
import type { HelmReleaseSpec, ValuesReference } from './spec.ts';

/** @throws ReleaseError `ValuesError`; messages name objects and keys, never their content */
export async function composeValues(
  kube: KubeReader,
  { namespace, values: given, valuesFrom }: HelmReleaseSpec,
): Promise<GoMap> {
  const read = new Map<string, Promise<ReadonlyMap<string, string> | undefined>>();
  let values: GoMap = new Map();
  const targeted: { reference: ValuesReference; text: string }[] = [];
  for (const reference of valuesFrom) {
    const failed = failing(namespace, reference);
    const key = `${reference.kind}/${reference.name}`;
    const found = read.get(key) ?? readData(kube, namespace, reference);
    read.set(key, found);
    const data = await found;
    if (data === undefined) {
      if (reference.optional) continue;
      throw failed(notFound(reference));
    }
    const text = data.get(reference.key);
    if (text === undefined) {
      if (reference.optional) continue;
      throw failed('key not found');
    }
    if (reference.targetPath !== '') {
      targeted.push({ reference, text });
      continue;
    }
    try {
      values = overlayValues(values, parseYamlMap(text));
    } catch (cause) {
      // A parser's message quotes the text, and the text may be a password.
      const line = /line (\d+)/.exec(messageOf(cause))?.[1];
      throw failed(`unable to read values${line === undefined ? '' : `: line ${line}`}`, cause);
    }
  }
  const inline = toGo(given);
  // What is set at a path goes into tables of its own, not into those of the references.
  values = copied(inline instanceof Map ? overlayValues(values, inline) : values);
  for (const { reference, text } of targeted) {
    try {
      setAt(values, reference, text);
    } catch (cause) {
      throw failing(namespace, reference)('failed to merge value', cause);
    }
  }
  return values;
}

/** With the rules of `--set`; a value in quotes is text, and so is a literal one, to the last character. */
function setAt(values: GoMap, { targetPath, literal }: ValuesReference, text: string): void {
  if (literal) {
    setValues(values, `${targetPath}=${text.replaceAll(/[\\,[\]{}]/g, '\\$&')}`, 'string');
    return;
  }
  const isQuoted = /^'[\s\S]*'$|^"[\s\S]*"$/.test(text);
  if (isQuoted)
    setValues(values, `${targetPath}=${text.replaceAll(/^['"]+|['"]+$/g, '')}`, 'string');
  else setValues(values, `${targetPath}=${text}`);
}

async function readData(
  kube: KubeReader,
  namespace: string,
  reference: ValuesReference,
): Promise<ReadonlyMap<string, string> | undefined> {
  const { kind, name } = reference;
  if (kind !== 'ConfigMap' && kind !== 'Secret')
    throw failing(namespace, reference)('unsupported values reference kind');
  const found = await kube.get({ apiVersion: 'v1', kind, namespace, name });
  if (found === undefined) return undefined;
  const data = Object.entries(new Fields(found).textMap('data'));
  return new Map(
    data.map(([key, text]) => [
      key,
      kind === 'Secret' ? Buffer.from(text, 'base64').toString('utf8') : text,
    ]),
  );
}

const failing =
  (namespace: string, { kind, name, key, optional }: ValuesReference) =>
  (why: string, cause?: unknown): ReleaseError =>
    new ReleaseError(
      'ValuesError',
      name,
      `could not resolve${optional ? ' optional' : ''} ${kind} chart values reference '${namespace}/${name}' with key '${key}': ${why}`,
      { cause },
    );

const notFound = ({ kind, name }: ValuesReference) =>
  `${kind === 'Secret' ? 'secrets' : 'configmaps'} "${name}" not found`;

/** JSON as Go decodes it: numbers are float64. */
function toGo(value: unknown): GoValue {
  if (Array.isArray(value)) return value.map(toGo);
  if (typeof value === 'object' && value !== null)
    return new Map(Object.entries(value).map(([key, each]) => [key, toGo(each)]));
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  return null;
}

function copied(map: GoMap): GoMap {
  const copy = (value: GoValue): GoValue => {
    if (value instanceof Map) return copied(value);
    return Array.isArray(value) ? value.map(copy) : value;
  };
  return new Map([...map].map(([key, value]) => [key, copy(value)]));
}
