/** Generators, transformers and validators that a kustomization configures by objects of their own: the built-in kinds. */
import type { GoValue } from '../helm/values/mod.ts';
import { decode, nodeOf } from './decode.ts';
import { failure, KustomizeError, within } from './errors.ts';
import { lookupCreate, setScalar, splitPath, demandKind } from './fields.ts';
import { generateConfigMap, generateSecret } from './generators.ts';
import { decodeStruct, flag, integer, list, mapOf, optional, struct, text } from './go-json.ts';
import type { Decoded, Decoder } from './go-json.ts';
import type { Sha256 } from './hash.ts';
import {
  configMapPlugin,
  fieldSpec,
  image,
  patch,
  replacementField,
  replica,
  secretPlugin,
  selector,
  yamlValue,
} from './kustomization.ts';
import { baseOf } from './loader.ts';
import type { Loader } from './loader.ts';
import { applyNamespace, isSubjectMode, setNamespace } from './namespace.ts';
import { scalar } from './node.ts';
import type { YNode } from './node.ts';
import { json6902Transform, patchTransform, strategicMergeTransform } from './patches.ts';
import type { PatchTools } from './patches.ts';
import { applyReplacements, loadReplacements } from './replacement.ts';
import { printId } from './resource-id.ts';
import { Resource } from './resource.ts';
import type { ResourceList } from './resource-list.ts';
import {
  affixTransform,
  hashTransform,
  imageTransform,
  metadataTransform,
  replicaTransform,
} from './transformers.ts';
import type { Transform } from './transformers.ts';

export interface PluginTools extends PatchTools {
  sha256: Sha256;
}

type MakeTransform = (config: Resource, tools: PluginTools) => Transform;

const metadata = struct('types.ObjectMeta', {
  name: text,
  namespace: text,
  labels: mapOf(text),
  annotations: mapOf(text),
});
const specs = list(fieldSpec);

/** Reads the fields of a plugin's object; other fields are not looked at. */
function read<T>(config: Resource, decoder: Decoder<T>): T {
  return within('error unmarshaling JSON: while decoding JSON', () =>
    decodeStruct(decode(config.root), decoder, false),
  );
}

const labels = struct('builtins.LabelTransformerPlugin', {
  labels: mapOf(text),
  fieldSpecs: specs,
});
const annotations = struct('builtins.AnnotationsTransformerPlugin', {
  annotations: mapOf(text),
  fieldSpecs: specs,
});
const affix = struct('builtins.PrefixTransformerPlugin', {
  prefix: text,
  suffix: text,
  fieldSpecs: specs,
});
const namespace = struct('builtins.NamespaceTransformerPlugin', {
  metadata,
  fieldSpecs: specs,
  unsetOnly: flag,
  setRoleBindingSubjects: text,
});
const images = struct('builtins.ImageTagTransformerPlugin', { imageTag: image, fieldSpecs: specs });
const replicas = struct('builtins.ReplicaCountTransformerPlugin', { replica, fieldSpecs: specs });
const json6902 = struct('builtins.PatchJson6902TransformerPlugin', {
  target: optional(selector),
  path: text,
  jsonOp: text,
});
const strategicMerge = struct('builtins.PatchStrategicMergeTransformerPlugin', {
  paths: list(text),
  patches: text,
});
const replacements = struct('builtins.ReplacementTransformerPlugin', {
  replacements: list(replacementField),
});
const valueTargets = {
  targets: list(
    struct('builtins.Target', {
      selector: optional(selector),
      fieldPath: text,
      filePathPosition: integer('int'),
    }),
  ),
} as const;
const valueAdd = struct('builtins.ValueAddTransformerPlugin', {
  value: text,
  ...valueTargets,
  targetFilePath: text,
});
const valueFile = struct('struct', valueTargets);

const transformers: Readonly<Record<string, MakeTransform>> = {
  LabelTransformer: (config) => {
    const { labels: pairs, fieldSpecs } = read(config, labels);
    return metadataTransform(pairs, fieldSpecs ?? []);
  },
  AnnotationsTransformer: (config) => {
    const { annotations: pairs, fieldSpecs } = read(config, annotations);
    return metadataTransform(pairs, fieldSpecs ?? []);
  },
  PrefixTransformer: (config) => affixOf(config, 'prefix'),
  SuffixTransformer: (config) => affixOf(config, 'suffix'),
  PrefixSuffixTransformer: (config) => {
    const both = [affixOf(config, 'prefix'), affixOf(config, 'suffix')];
    return (resources) => {
      for (const each of both) each(resources);
    };
  },
  NamespaceTransformer: (config) => {
    const {
      metadata: meta,
      fieldSpecs,
      unsetOnly,
      setRoleBindingSubjects,
    } = read(config, namespace);
    const mode = setRoleBindingSubjects === '' ? 'defaultOnly' : setRoleBindingSubjects;
    if (!isSubjectMode(mode)) {
      throw failure(
        `invalid value ${JSON.stringify(mode)} for setRoleBindingSubjects: must be one of "defaultOnly", "none" or "allServiceAccounts"`,
      );
    }
    const options = {
      namespace: meta.namespace,
      specs: fieldSpecs ?? [],
      unsetOnly,
      subjects: mode,
    };
    return (resources) => {
      applyNamespace(resources, options);
    };
  },
  ImageTagTransformer: (config) => {
    const { imageTag, fieldSpecs } = read(config, images);
    return imageTransform(imageTag, fieldSpecs ?? []);
  },
  ReplicaCountTransformer: (config) => {
    const { replica: count, fieldSpecs } = read(config, replicas);
    return replicaTransform(count, fieldSpecs ?? []);
  },
  PatchTransformer: (config, tools) => patchTransform(read(config, patch), tools),
  PatchJson6902Transformer: (config, tools) => {
    const { target, path, jsonOp } = read(config, json6902);
    return json6902Transform({ target, path, patch: jsonOp }, tools);
  },
  PatchStrategicMergeTransformer: (config, tools) => {
    const { paths, patches } = read(config, strategicMerge);
    return strategicMergeTransform(paths ?? [], patches, tools);
  },
  ReplacementTransformer: (config, { loader }) => {
    const loaded = loadReplacements(read(config, replacements).replacements ?? [], loader);
    return (resources) => {
      applyReplacements(resources, loaded);
    };
  },
  HashTransformer: (_, { sha256 }) => hashTransform(sha256),
  ValueAddTransformer: (config, { loader }) => valueAddTransform(config, loader),
};

function affixOf(config: Resource, side: 'prefix' | 'suffix'): Transform {
  const values = read(config, affix);
  if (values.fieldSpecs === undefined) throw failure('fieldSpecs is not expected to be nil');
  return affixTransform(values[side], side, values.fieldSpecs);
}

function valueAddTransform(config: Resource, loader: Loader): Transform {
  const read1 = read(config, valueAdd);
  const value = read1.value.trim() === '' ? baseOf(loader.root) : read1.value.trim();
  const targets = [...(read1.targets ?? [])];
  if (read1.targetFilePath !== '') {
    const more = decodeStruct(yamlValue(loader.load(read1.targetFilePath)), valueFile, false);
    targets.push(...(more.targets ?? []));
  }
  if (targets.length === 0) throw failure('must specify at least one target');
  for (const target of targets) {
    if (target.fieldPath === '') throw failure('fieldPath cannot be empty');
    if (target.filePathPosition < 0) {
      throw failure(`value of FilePathPosition (${target.filePathPosition}) cannot be negative`);
    }
  }
  return (resources) => {
    for (const target of targets) {
      const selected =
        target.selector === undefined ? resources.resources : resources.select(target.selector);
      for (const resource of selected) addValue(resource, value, target);
    }
  };
}

function addValue(
  resource: Resource,
  value: string,
  target: { fieldPath: string; filePathPosition: number },
): void {
  if (target.fieldPath === 'metadata/namespace') {
    setNamespace(resource, {
      namespace: value,
      specs: [],
      unsetOnly: false,
      subjects: 'defaultOnly',
    });
    return;
  }
  const node = lookupCreate(resource.root, 'scalar', splitPath(target.fieldPath, '/'));
  if (node === undefined) return;
  demandKind(node, 'scalar');
  const text =
    target.filePathPosition > 0 ? insertPart(node, target.filePathPosition, value) : value;
  setScalar(node, scalar(text));
}

/** Puts a part into a path, in front of the part at a position counted from one. */
function insertPart(node: YNode, position: number, part: string): string {
  const isAbsolute = node.value.startsWith('/');
  const parts = node.value.split('/').filter((each) => each !== '');
  parts.splice(Math.min(position - 1, parts.length), 0, part);
  return `${isAbsolute ? '/' : ''}${parts.join('/')}`;
}

function isBuiltIn(config: Resource): boolean {
  return config.apiVersion === 'builtin';
}

/** @throws KustomizeError `PluginRefused` for everything that would run a program */
export function pluginTransform(config: Resource, tools: PluginTools): Transform {
  const make = isBuiltIn(config) ? transformers[config.kind] : undefined;
  if (make === undefined) throw refused(config, 'transformer');
  return within(
    () => `plugin ${printId(config.originalId)} fails configuration`,
    () => make(config, tools),
  );
}

/** What makes the objects that a generator's object describes. */
export function pluginGenerator(config: Resource, loader: Loader): () => Resource[] {
  const configured = <T>(decoder: Decoder<T>): T =>
    within(
      () => `plugin ${printId(config.originalId)} fails configuration`,
      () => read(config, decoder),
    );
  if (isBuiltIn(config) && config.kind === 'ConfigMapGenerator') {
    const { metadata: meta, ...args } = configured(configMapPlugin);
    return () => [generateConfigMap(named(args, meta), loader)];
  }
  if (isBuiltIn(config) && config.kind === 'SecretGenerator') {
    const { metadata: meta, ...args } = configured(secretPlugin);
    return () => [generateSecret(named(args, meta), loader)];
  }
  if (isBuiltIn(config) && config.kind === 'IAMPolicyGenerator') {
    const policy = configured(iamPolicy);
    return () => [new Resource(accountOf(policy))];
  }
  throw refused(config, 'generator');
}

const iamPolicy = struct('builtins.IAMPolicyGeneratorPlugin', {
  cloud: text,
  kubernetesService: struct('types.KubernetesService', { name: text, namespace: text }),
  serviceAccount: struct('types.ServiceAccount', { name: text, projectId: text }),
});

/** The account of a workload that acts as an account of Google Cloud. */
function accountOf(policy: Decoded<typeof iamPolicy>): YNode {
  const { cloud, kubernetesService, serviceAccount } = policy;
  if (cloud !== 'gke') throw failure(`cloud provider ${cloud} not supported yet`);
  const account = `${serviceAccount.name}@${serviceAccount.projectId}.iam.gserviceaccount.com`;
  const metadata = new Map<string, GoValue>([
    ['annotations', new Map([['iam.gke.io/gcp-service-account', account]])],
    ['name', kubernetesService.name],
  ]);
  if (kubernetesService.namespace !== '') metadata.set('namespace', kubernetesService.namespace);
  return nodeOf(
    new Map<string, GoValue>([
      ['apiVersion', 'v1'],
      ['kind', 'ServiceAccount'],
      ['metadata', metadata],
    ]),
  );
}

function named<T extends { name: string; namespace: string }>(
  args: T,
  meta: { name: string; namespace: string },
): T {
  return {
    ...args,
    name: args.name === '' ? meta.name : args.name,
    namespace: args.namespace === '' ? meta.namespace : args.namespace,
  };
}

const generators = new Set(['ConfigMapGenerator', 'SecretGenerator', 'IAMPolicyGenerator']);

function refused(config: Resource, role: string): KustomizeError {
  const { kind } = config;
  if (!isBuiltIn(config)) {
    return new KustomizeError(
      'PluginRefused',
      `external plugins disabled; unable to load external plugin '${kind}'`,
    );
  }
  const known = Object.hasOwn(transformers, kind) || generators.has(kind);
  return known
    ? failure(`plugin ${printId(config.originalId)} not a ${role}`)
    : new KustomizeError(
        'PluginRefused',
        `unable to load builtin ${[config.gvk.kind, config.gvk.version, '[noGrp]'].join('.')}`,
      );
}

/** Runs validators: they may complain, not change anything. */
export function validate(resources: ResourceList, transforms: readonly Transform[]): void {
  for (const transform of transforms) {
    const copy = resources.copy();
    copy.reset(resources.resources.map((resource) => resource.copy()));
    transform(copy);
  }
}
