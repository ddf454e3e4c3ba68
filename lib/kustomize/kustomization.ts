/** The file `kustomization.yaml`: its fields, its former fields, and what is wrong with it in the original's words. */
import { parseYaml, YamlError } from '../helm/yaml/mod.ts';
import type { GoMap, GoValue } from '../helm/values/mod.ts';
import { failure, within } from './errors.ts';
import {
  anything,
  decodeStruct,
  flag,
  integer,
  list,
  mapOf,
  optional,
  struct,
  text,
  valueOfStruct,
} from './go-json.ts';
import type { Decoded } from './go-json.ts';

export const fileNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'] as const;

const typeFields = { group: text, version: text, kind: text } as const;
const idFields = { ...typeFields, name: text, namespace: text } as const;
const texts = list(text);
const textMap = mapOf(text);

export const fieldSpec = struct('types.FieldSpec', { ...typeFields, path: text, create: flag });
export const selector = struct('types.Selector', {
  ...idFields,
  annotationSelector: text,
  labelSelector: text,
});
const generatorOptions = struct('types.GeneratorOptions', {
  labels: textMap,
  annotations: textMap,
  disableNameSuffixHash: flag,
  immutable: flag,
});
const generatorFields = {
  namespace: text,
  name: text,
  behavior: text,
  literals: texts,
  files: texts,
  envs: texts,
  env: text,
  options: optional(generatorOptions),
} as const;
const objectMeta = struct('types.ObjectMeta', {
  name: text,
  namespace: text,
  labels: textMap,
  annotations: textMap,
});
export const configMapArgs = struct('types.ConfigMapArgs', generatorFields);
export const secretArgs = struct('types.SecretArgs', { ...generatorFields, type: text });
export const configMapPlugin = struct('builtins.ConfigMapGeneratorPlugin', {
  metadata: objectMeta,
  ...generatorFields,
});
export const secretPlugin = struct('builtins.SecretGeneratorPlugin', {
  metadata: objectMeta,
  ...generatorFields,
  type: text,
});
const fieldOptions = struct('types.FieldOptions', {
  delimiter: text,
  index: integer('int'),
  encoding: text,
  create: flag,
});
const replacementFields = {
  source: optional(
    struct('types.SourceSelector', {
      ...idFields,
      fieldPath: text,
      options: optional(fieldOptions),
    }),
  ),
  targets: list(
    optional(
      struct('types.TargetSelector', {
        select: optional(selector),
        reject: list(optional(selector)),
        fieldPaths: texts,
        options: optional(fieldOptions),
      }),
    ),
  ),
  sourceValue: optional(text),
} as const;
export const replacement = struct('types.Replacement', replacementFields);
export const replacementField = struct('types.ReplacementField', {
  ...replacementFields,
  path: text,
});
export const image = struct('types.Image', {
  name: text,
  newName: text,
  tagSuffix: text,
  newTag: text,
  digest: text,
});
export const replica = struct('types.Replica', { name: text, count: integer('int64') });
export const patch = struct('types.Patch', {
  path: text,
  patch: text,
  target: optional(selector),
  options: mapOf(flag),
});
const label = struct('types.Label', {
  pairs: textMap,
  includeSelectors: flag,
  includeTemplates: flag,
  fields: list(fieldSpec),
});
const variable = struct('types.Var', {
  name: text,
  objref: struct('types.Target', { apiVersion: text, ...idFields }),
  fieldref: struct('types.FieldSelector', { fieldPath: text }),
});
export const sortOptions = struct('types.SortOptions', {
  order: text,
  legacySortOptions: optional(
    struct('types.LegacySortOptions', { orderFirst: texts, orderLast: texts }),
  ),
});

const kustomization = struct('types.Kustomization', {
  apiVersion: text,
  kind: text,
  metadata: optional(objectMeta),
  openapi: textMap,
  namePrefix: text,
  nameSuffix: text,
  namespace: text,
  commonLabels: textMap,
  labels: list(label),
  commonAnnotations: textMap,
  patchesStrategicMerge: texts,
  patchesJson6902: list(patch),
  patches: list(patch),
  images: list(image),
  imageTags: list(image),
  replacements: list(replacementField),
  replicas: list(replica),
  vars: list(variable),
  sortOptions: optional(sortOptions),
  resources: texts,
  components: texts,
  crds: texts,
  bases: texts,
  configMapGenerator: list(configMapArgs),
  secretGenerator: list(secretArgs),
  helmGlobals: anything,
  helmCharts: list(anything),
  helmChartInflationGenerator: list(anything),
  generatorOptions: optional(generatorOptions),
  configurations: texts,
  generators: texts,
  transformers: texts,
  validators: texts,
  buildMetadata: texts,
});

export type Kustomization = Decoded<typeof kustomization>;
export type GeneratorArgs = Decoded<typeof secretArgs>;
export type GeneratorOptions = Decoded<typeof generatorOptions>;
export type Image = Decoded<typeof image>;
export type Patch = Decoded<typeof patch>;
export type Replica = Decoded<typeof replica>;
export type Replacement = Decoded<typeof replacement>;
export type ReplacementField = Decoded<typeof replacementField>;
export type FieldOptions = Decoded<typeof fieldOptions>;
export type SelectorFields = Decoded<typeof selector>;
export type Variable = Decoded<typeof variable>;
export type SortOptions = Decoded<typeof sortOptions>;

/** Fields that the original calls deprecated, with what it says instead of them. */
const deprecated: readonly (readonly [keyof Kustomization, string])[] = [
  ['bases', 'resources'],
  ['commonLabels', 'labels'],
  ['imageTags', 'images'],
  ['patchesJson6902', 'patches'],
  ['patchesStrategicMerge', 'patches'],
  ['vars', 'replacements'],
];

/** Reads YAML as values, with the parser's own message when it is none. */
export function yamlValue(content: string): GoValue {
  try {
    return parseYaml(content);
  } catch (thrown) {
    if (!(thrown instanceof YamlError)) throw thrown;
    throw failure(thrown.message.replace(/^error converting YAML to JSON: /, ''));
  }
}

/**
 * Reads a kustomization file; `warn` hears of fields that are deprecated.
 *
 * @param root folder of the file, for messages
 * @throws KustomizeError for unknown fields, wrong types, a file that says nothing, a wrong kind or version
 */
export function readKustomization(
  content: string,
  root: string,
  warn: (message: string) => void,
): Kustomization {
  const read = within('invalid Kustomization', () =>
    decodeStruct(yamlValue(content), kustomization, true),
  );
  for (const [field, instead] of deprecated) {
    if (read[field] === undefined) continue;
    const experimental = field === 'vars' ? '[EXPERIMENTAL] ' : '';
    warn(
      `# Warning: '${field}' is deprecated. Please use '${instead}' instead. ${experimental}Run 'kustomize edit fix' to update your Kustomization automatically.`,
    );
  }
  const fixed = withoutFormerFields(read);
  if (saysNothing(fixed)) throw failure('kustomization.yaml is empty');
  const problems = problemsOf(fixed);
  if (problems.length > 0) {
    throw failure(`Failed to read kustomization file under ${root}:\n${problems.join('\n')}`);
  }
  return fixed;
}

/**
 * A kustomization file as a program has it that reads one, changes it and writes it back: without fields that no
 * kustomization has, and without empty ones.
 *
 * @throws KustomizeError for what is no YAML, and for fields of a wrong type
 */
export function looseKustomization(content: string): GoMap {
  const value = valueOfStruct(decodeStruct(yamlValue(content), kustomization, false));
  return value instanceof Map ? value : new Map();
}

const version = 'kustomize.config.k8s.io/v1beta1';
const componentVersion = 'kustomize.config.k8s.io/v1alpha1';

function withoutFormerFields(read: Kustomization): Kustomization {
  const kind = read.kind === '' ? 'Kustomization' : read.kind;
  return {
    ...read,
    kind,
    apiVersion:
      read.apiVersion === ''
        ? kind === 'Component'
          ? componentVersion
          : version
        : read.apiVersion,
    resources: joined(read.resources, read.bases),
    bases: undefined,
    images: joined(read.images, read.imageTags),
    imageTags: undefined,
    helmCharts: joined(read.helmCharts, read.helmChartInflationGenerator),
    helmChartInflationGenerator: undefined,
    configMapGenerator: read.configMapGenerator?.map(withoutEnv),
    secretGenerator: read.secretGenerator?.map(withoutEnv),
  };
}

function withoutEnv<T extends { env: string; envs: string[] | undefined }>(args: T): T {
  return args.env === '' ? args : { ...args, env: '', envs: [...(args.envs ?? []), args.env] };
}

function joined<T>(a: T[] | undefined, b: T[] | undefined): T[] | undefined {
  return b === undefined || b.length === 0 ? a : [...(a ?? []), ...b];
}

function saysNothing(read: Kustomization): boolean {
  return Object.entries(read).every(
    ([key, value]) =>
      key === 'kind' ||
      key === 'apiVersion' ||
      value === undefined ||
      value === null ||
      value === '',
  );
}

function problemsOf({ kind, apiVersion }: Kustomization): string[] {
  const problems: string[] = [];
  if (kind !== 'Kustomization' && kind !== 'Component') {
    problems.push('kind should be Kustomization or Component');
  }
  const wanted = kind === 'Component' ? componentVersion : version;
  if (apiVersion !== wanted) problems.push(`apiVersion for ${kind} should be ${wanted}`);
  return problems;
}
