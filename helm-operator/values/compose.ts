/** The values of a release: valuesFrom in order, then the inline ones (spec helm-operator §5). */
import { parseYamlMap } from '../../lib/helm/yaml/mod.ts';
import type { GoMap, GoValue } from '../../lib/helm/values/mod.ts';
import type {
  HelmRelease,
  KubeObject,
  LocalKeyRef,
  ValuesFromSource,
} from '../../lib/objects/mod.ts';
import { Fault } from '../../lib/runtime/mod.ts';
import { isSops } from '../../lib/sops/mod.ts';
import { OperatorError } from '../errors.ts';

export interface ValuesSources {
  configMap(namespace: string, name: string): Promise<KubeObject | undefined>;
  secret(namespace: string, name: string): Promise<KubeObject | undefined>;
  /** The body of an http(s) URL. */
  url(url: string): Promise<string>;
  /** A file of the chart; absent for charts that are archives. */
  chartFile: ((path: string) => Promise<Uint8Array | undefined>) | undefined;
  /** Whether ConfigMaps and Secrets of other namespaces may be read. */
  crossNamespace: boolean;
  /** Opens values that SOPS has encrypted. @throws SopsError */
  decrypt: (values: GoMap) => Promise<GoMap>;
  /** Told of values that come out of a Secret, or were encrypted. */
  onSecret?: (values: GoMap) => void;
}

/** @throws OperatorError `ValuesFailed`; messages name sources and keys, never their content */
export async function composeValues(hr: HelmRelease, sources: ValuesSources): Promise<GoMap> {
  const legacy = (hr.spec.valueFileSecrets ?? []).map(({ name }): ValuesFromSource => ({
    secretKeyRef: { name },
  }));
  let values: GoMap = new Map();
  for (const source of [...legacy, ...(hr.spec.valuesFrom ?? [])]) {
    const read = await readSource(hr, source, sources);
    if (read === undefined) continue;
    const isEncrypted = isSops(read);
    const opened = isEncrypted ? await opening(source, read, sources) : read;
    values = mergeValues(values, opened);
    if (isEncrypted || source.secretKeyRef !== undefined) sources.onSecret?.(opened);
  }
  const inline = toGo(hr.spec.values ?? {});
  return inline instanceof Map ? mergeValues(values, inline) : values;
}

/** Values that cannot be opened are an error even when they are optional: their chart must not run on half of them. */
async function opening(
  source: ValuesFromSource,
  read: GoMap,
  { decrypt }: ValuesSources,
): Promise<GoMap> {
  try {
    return await decrypt(read);
  } catch (cause) {
    const where = Object.values(source).map((ref: { name?: string; url?: string; path?: string }) =>
      [ref.name, ref.url, ref.path].find((text) => text !== undefined),
    );
    const shown = where[0] ?? '';
    throw failed(shown, `values of ${shown} cannot be decrypted${because(cause)}`, cause);
  }
}

/** The ConfigMaps and Secrets that a HelmRelease takes values from, as `kind/namespace/name`. */
export function valuesReferences(hr: HelmRelease): string[] {
  const namespace = hr.metadata.namespace;
  return [
    ...(hr.spec.valueFileSecrets ?? []).map(({ name }) => `Secret/${namespace}/${name}`),
    ...(hr.spec.valuesFrom ?? []).flatMap(({ configMapKeyRef, secretKeyRef }) => [
      ...(configMapKeyRef === undefined
        ? []
        : [`ConfigMap/${configMapKeyRef.namespace || namespace}/${configMapKeyRef.name}`]),
      ...(secretKeyRef === undefined
        ? []
        : [`Secret/${secretKeyRef.namespace || namespace}/${secretKeyRef.name}`]),
    ]),
  ];
}

/** The first kind of reference that an item has counts; an item with none is no values. */
async function readSource(
  hr: HelmRelease,
  source: ValuesFromSource,
  sources: ValuesSources,
): Promise<GoMap | undefined> {
  const foreign = [source.configMapKeyRef, source.secretKeyRef].find(
    (ref) => (ref?.namespace || hr.metadata.namespace) !== hr.metadata.namespace,
  );
  if (foreign !== undefined && !sources.crossNamespace) {
    throw failed(
      foreign.name,
      `values from ${foreign.namespace ?? ''}/${foreign.name} are refused: the operator does not read from other namespaces (--no-cross-namespace-refs)`,
    );
  }
  if (source.configMapKeyRef !== undefined) {
    return readKey(hr, 'ConfigMap', source.configMapKeyRef, sources.configMap, (text) => text);
  }
  if (source.secretKeyRef !== undefined) {
    return readKey(hr, 'Secret', source.secretKeyRef, sources.secret, (text) =>
      Buffer.from(text, 'base64').toString('utf8'),
    );
  }
  if (source.externalSourceRef !== undefined) {
    const { url, optional } = source.externalSourceRef;
    return optionally(optional, async () => {
      let text: string;
      try {
        text = await sources.url(url);
      } catch (cause) {
        throw failed(url, `unable to read value file from URL ${url}${because(cause)}`, cause);
      }
      return parse(url, text);
    });
  }
  if (source.chartFileRef !== undefined) {
    const { path, optional } = source.chartFileRef;
    return optionally(optional, async () => {
      const data = await sources.chartFile?.(path);
      if (data === undefined) {
        const why =
          sources.chartFile === undefined ? ': only charts from Git have files to read' : '';
        throw failed(path, `unable to read value file from path ${path}${why}`);
      }
      return parse(path, Buffer.from(data).toString('utf8'));
    });
  }
  return undefined;
}

async function readKey(
  hr: HelmRelease,
  kind: 'ConfigMap' | 'Secret',
  ref: LocalKeyRef,
  get: (namespace: string, name: string) => Promise<KubeObject | undefined>,
  decode: (text: string) => string,
): Promise<GoMap | undefined> {
  const namespace = ref.namespace || hr.metadata.namespace;
  const key = ref.key || 'values.yaml';
  // Errors of the API count even for optional sources: nobody knows what they would have said.
  const object = await get(namespace, ref.name);
  return optionally(ref.optional, () => {
    if (object === undefined)
      throw failed(ref.name, `${kind} ${namespace}/${ref.name} does not exist`);
    const data = object.data;
    const text =
      typeof data === 'object' && data !== null
        ? (data as Record<string, unknown>)[key]
        : undefined;
    if (typeof text !== 'string')
      throw failed(key, `could not find key ${key} in ${kind} ${namespace}/${ref.name}`);
    return Promise.resolve(parse(`key ${key} of ${kind} ${namespace}/${ref.name}`, decode(text)));
  });
}

async function optionally(
  optional: boolean | undefined,
  read: () => Promise<GoMap>,
): Promise<GoMap | undefined> {
  try {
    return await read();
  } catch (thrown) {
    if (optional === true && thrown instanceof OperatorError) return undefined;
    throw thrown;
  }
}

/** YAML errors quote what they choke on, which may be a password: only that and where it is said. */
function parse(source: string, text: string): GoMap {
  try {
    return parseYamlMap(text);
  } catch (cause) {
    const line = cause instanceof Error ? /line (\d+)/.exec(cause.message)?.[1] : undefined;
    throw failed(
      source,
      `unable to yaml.Unmarshal ${source}${line === undefined ? '' : `: line ${line}`}`,
      cause,
    );
  }
}

/** Maps merge, everything else is replaced; null stays and takes the chart's default away. */
export function mergeValues(below: GoMap, above: GoMap): GoMap {
  const merged: GoMap = new Map(below);
  for (const [key, value] of above) {
    const before = merged.get(key);
    merged.set(
      key,
      before instanceof Map && value instanceof Map ? mergeValues(before, value) : value,
    );
  }
  return merged;
}

/** JSON data as Go would decode it: numbers are float64. */
export function toGo(value: unknown): GoValue {
  if (Array.isArray(value)) return value.map(toGo);
  if (typeof value === 'object' && value !== null) {
    return new Map(Object.entries(value).map(([key, each]) => [key, toGo(each)]));
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  return null;
}

const because = (cause: unknown) => (cause instanceof Fault ? `: ${cause.message}` : '');

function failed(subject: string, message: string, cause?: unknown): OperatorError {
  return new OperatorError('ValuesFailed', subject, message, { cause });
}
