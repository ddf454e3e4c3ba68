/** Places for names, labels and annotations that OpenAPI definitions of custom kinds mark (`crds`). */
import { isRecord } from '../runtime/mod.ts';
import { GoInt } from '../helm/values/mod.ts';
import type { GoValue } from '../helm/values/mod.ts';
import { failure, within } from './errors.ts';
import type { FieldSpec } from './field-spec.ts';
import { mergeSpec } from './field-spec.ts';
import { yamlValue } from './kustomization.ts';
import type { Loader } from './loader.ts';
import { emptyConfig, mergeConfigs, mergeReference } from './transformer-config.ts';
import type { TransformerConfig } from './transformer-config.ts';

type Properties = Readonly<Record<string, unknown>>;

const mostDepth = 100;

export function configOfCrds(paths: readonly string[], loader: Loader): TransformerConfig {
  let config = emptyConfig;
  for (const path of paths) {
    const content = loader.load(path);
    const definitions = within(`unable to parse open API definition from '${path}'`, () =>
      readDefinitions(content),
    );
    for (const [name, properties] of definitions) {
      if (!['kind', 'apiVersion', 'metadata'].every((key) => Object.hasOwn(properties, key))) {
        continue;
      }
      const kind = name.slice(name.lastIndexOf('.') + 1);
      config = mergeConfigs(config, new CrdConfig(kind, definitions).read(name));
    }
  }
  return config;
}

/** Properties of each definition, by its name. */
function readDefinitions(content: string): ReadonlyMap<string, Properties> {
  const value = plain(yamlValue(content));
  if (!isRecord(value)) {
    throw failure(
      'error unmarshaling JSON: while decoding JSON: json: cannot unmarshal into Go value of type accumulator.nameToApiMap',
    );
  }
  const found = new Map<string, Properties>();
  for (const [name, definition] of Object.entries(value)) {
    if (!isRecord(definition)) {
      const kind = Array.isArray(definition) ? 'array' : typeof definition;
      throw failure(
        `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${kind} into Go value of type accumulator.OpenAPIDefinition`,
      );
    }
    const schema = Object.entries(definition).find(([key]) => key.toLowerCase() === 'schema')?.[1];
    const properties = isRecord(schema) ? schema.properties : undefined;
    found.set(name, isRecord(properties) ? properties : {});
  }
  return found;
}

/** Values as plain JSON. */
export function plain(value: GoValue): unknown {
  if (value instanceof GoInt) return Number(value.value);
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof Map)) return value;
  return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
}

class CrdConfig {
  private readonly kind: string;
  private readonly definitions: ReadonlyMap<string, Properties>;
  private config = emptyConfig;

  constructor(kind: string, definitions: ReadonlyMap<string, Properties>) {
    this.kind = kind;
    this.definitions = definitions;
  }

  read(name: string): TransformerConfig {
    this.walk(name, []);
    return this.config;
  }

  private walk(name: string, path: readonly string[]): void {
    if (path.length > mostDepth) throw failure(`definition ${name} contains itself`);
    for (const [key, property] of Object.entries(this.definitions.get(name) ?? {})) {
      if (!isRecord(property)) continue;
      this.note(property, [...path, key]);
      if (typeof property.$ref === 'string') this.walk(property.$ref, [...path, key]);
    }
  }

  private note(property: Properties, path: readonly string[]): void {
    const says = (key: string): string | undefined => {
      const value = property[key];
      return typeof value === 'string' ? value : undefined;
    };
    const spec = this.specAt(path);
    const { config } = this;
    if (says('x-kubernetes-annotation') !== undefined) {
      this.config = { ...config, commonAnnotations: mergeSpec(config.commonAnnotations, spec) };
    }
    if (says('x-kubernetes-label-selector') !== undefined) {
      this.config = { ...this.config, commonLabels: mergeSpec(config.commonLabels, spec) };
    }
    if (says('x-kubernetes-identity') !== undefined) {
      this.config = { ...this.config, namePrefix: mergeSpec(config.namePrefix, spec) };
    }
    const version = says('x-kubernetes-object-ref-api-version');
    const kind = says('x-kubernetes-object-ref-kind');
    if (version === undefined || kind === undefined) return;
    const nameKey = says('x-kubernetes-object-ref-name-key') ?? 'name';
    this.config = {
      ...this.config,
      nameReference: mergeReference(config.nameReference, {
        group: '',
        version,
        kind,
        fields: [this.specAt([...path, nameKey])],
      }),
    };
  }

  private specAt(path: readonly string[]): FieldSpec {
    return { group: '', version: '', kind: this.kind, path: path.join('/'), create: false };
  }
}
