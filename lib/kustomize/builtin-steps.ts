/** What a kustomization does to its objects, in the order of the original. */
import { toYaml } from '../helm/yaml/mod.ts';
import { within } from './errors.ts';
import { mergeSpec, mergeSpecs } from './field-spec.ts';
import type { FieldSpec } from './field-spec.ts';
import { valueOfStruct } from './go-json.ts';
import type { Kustomization } from './kustomization.ts';
import { applyNamespace } from './namespace.ts';
import { json6902Transform, patchTransform, strategicMergeTransform } from './patches.ts';
import type { PatchTools } from './patches.ts';
import { applyReplacements, loadReplacements } from './replacement.ts';
import type { TransformerConfig } from './transformer-config.ts';
import {
  affixTransform,
  imageTransform,
  metadataTransform,
  replicaTransform,
} from './transformers.ts';
import type { Transform } from './transformers.ts';

/** A transformer under the name that `buildMetadata` notes. */
export interface Step {
  kind: string;
  transform: Transform;
}

export function builtInSteps(
  k: Kustomization,
  config: TransformerConfig,
  tools: PatchTools,
): Step[] {
  const steps: Step[] = [];
  const add = (kind: string, make: () => Transform, described: unknown = {}): void => {
    const prefix = () =>
      `trouble configuring builtin ${kind} with config: \`\n${toYaml(valueOfStruct(described))}\``;
    steps.push({ kind, transform: within(prefix, make) });
  };
  const paths = k.patchesStrategicMerge ?? [];
  if (paths.length > 0) {
    add('PatchStrategicMergeTransformer', () => strategicMergeTransform(paths, '', tools), {
      paths,
    });
  }
  for (const entry of k.patches ?? []) {
    add('PatchTransformer', () => patchTransform(entry, tools), entry);
  }
  if (k.namespace !== '') {
    const options = {
      namespace: k.namespace,
      specs: config.namespace,
      unsetOnly: false,
      subjects: 'defaultOnly',
    } as const;
    add('NamespaceTransformer', () => (resources) => {
      applyNamespace(resources, options);
    });
  }
  if (k.namePrefix !== '') {
    add('PrefixTransformer', () => affixTransform(k.namePrefix, 'prefix', config.namePrefix));
  }
  if (k.nameSuffix !== '') {
    add('SuffixTransformer', () => affixTransform(k.nameSuffix, 'suffix', config.nameSuffix));
  }
  for (const label of k.labels ?? []) {
    const places = labelSpecs(label, config);
    add('LabelTransformer', () => metadataTransform(label.pairs, places));
  }
  if ((k.labels ?? []).length > 0 || (k.commonLabels?.size ?? 0) > 0) {
    add('LabelTransformer', () => metadataTransform(k.commonLabels, config.commonLabels));
  }
  if ((k.commonAnnotations?.size ?? 0) > 0) {
    add('AnnotationsTransformer', () =>
      metadataTransform(k.commonAnnotations, config.commonAnnotations),
    );
  }
  for (const entry of k.patchesJson6902 ?? []) {
    const { target, path, patch } = entry;
    add('PatchJson6902Transformer', () => json6902Transform(entry, tools), {
      target,
      path,
      jsonOp: patch,
    });
  }
  for (const replica of k.replicas ?? []) {
    add('ReplicaCountTransformer', () => replicaTransform(replica, config.replicas));
  }
  for (const image of k.images ?? []) {
    add('ImageTagTransformer', () => imageTransform(image, config.images));
  }
  const replacements = k.replacements ?? [];
  if (replacements.length > 0) {
    add(
      'ReplacementTransformer',
      () => {
        const loaded = loadReplacements(replacements, tools.loader);
        return (resources) => {
          applyReplacements(resources, loaded);
        };
      },
      { Replacements: replacements },
    );
  }
  return steps;
}

/** One place in objects of all kinds, made when it is missing. */
export function specsAt(path: string): FieldSpec[] {
  return [{ group: '', version: '', kind: '', path, create: true }];
}

type Label = NonNullable<Kustomization['labels']>[number];

function labelSpecs(label: Label, config: TransformerConfig): readonly FieldSpec[] {
  const own = mergeSpecs(label.fields ?? [], config.labels);
  return within('failed to merge labels', () => {
    if (label.includeSelectors) return mergeSpecs(own, config.commonLabels);
    const withTemplates = label.includeTemplates
      ? within('failed to merge template fieldSpec', () => mergeSpecs(own, config.templateLabels))
      : own;
    return specsAt('metadata/labels').reduce(mergeSpec, withTemplates);
  });
}
