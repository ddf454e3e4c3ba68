/** Where transformers write: the built-in places and those of `configurations` and `crds`. */
import { within } from './errors.ts';
import { builtInFields } from './builtin-fields.ts';
import type { NameReference } from './builtin-fields.ts';
import { mergeSpecs } from './field-spec.ts';
import type { FieldSpec } from './field-spec.ts';
import { rankOfKind, sameGvk, sortTextOf } from './resource-id.ts';
import type { Gvk } from './resource-id.ts';

export interface TransformerConfig {
  namePrefix: readonly FieldSpec[];
  nameSuffix: readonly FieldSpec[];
  namespace: readonly FieldSpec[];
  commonLabels: readonly FieldSpec[];
  labels: readonly FieldSpec[];
  templateLabels: readonly FieldSpec[];
  commonAnnotations: readonly FieldSpec[];
  nameReference: readonly NameReference[];
  varReference: readonly FieldSpec[];
  images: readonly FieldSpec[];
  replicas: readonly FieldSpec[];
}

export const emptyConfig: TransformerConfig = {
  namePrefix: [],
  nameSuffix: [],
  namespace: [],
  commonLabels: [],
  labels: [],
  templateLabels: [],
  commonAnnotations: [],
  nameReference: [],
  varReference: [],
  images: [],
  replicas: [],
};

export const defaultConfig: TransformerConfig = sorted(builtInFields);

/** @throws KustomizeError when two say differently whether a field is made */
export function mergeConfigs(
  config: TransformerConfig,
  more: TransformerConfig,
): TransformerConfig {
  const specs = (field: Exclude<keyof TransformerConfig, 'nameReference'>, name: string) =>
    within(`failed to merge ${name} fieldSpec`, () => mergeSpecs(config[field], more[field]));
  return sorted({
    namePrefix: specs('namePrefix', 'NamePrefix'),
    nameSuffix: specs('nameSuffix', 'NameSuffix'),
    namespace: specs('namespace', 'NameSpace'),
    commonAnnotations: specs('commonAnnotations', 'CommonAnnotations'),
    commonLabels: specs('commonLabels', 'CommonLabels'),
    labels: specs('labels', 'Labels'),
    templateLabels: specs('templateLabels', 'TemplateLabels'),
    varReference: specs('varReference', 'VarReference'),
    nameReference: within('failed to merge NameReference fieldSpec', () =>
      more.nameReference.reduce(mergeReference, config.nameReference),
    ),
    images: specs('images', 'Images'),
    replicas: specs('replicas', 'Replicas'),
  });
}

export function mergeReference(
  list: readonly NameReference[],
  reference: NameReference,
): readonly NameReference[] {
  if (!list.some((each) => sameGvk(each, reference))) return [...list, reference];
  return list.map((each) =>
    sameGvk(each, reference)
      ? { ...each, fields: mergeSpecs(each.fields, reference.fields) }
      : each,
  );
}

export function sorted(config: TransformerConfig): TransformerConfig {
  const byType = <T extends Gvk>(list: readonly T[]): readonly T[] => list.toSorted(compareGvk);
  return {
    namePrefix: byType(config.namePrefix),
    nameSuffix: byType(config.nameSuffix),
    namespace: byType(config.namespace),
    commonLabels: byType(config.commonLabels),
    labels: byType(config.labels),
    templateLabels: byType(config.templateLabels),
    commonAnnotations: byType(config.commonAnnotations),
    nameReference: byType(config.nameReference),
    varReference: byType(config.varReference),
    images: byType(config.images),
    replicas: byType(config.replicas),
  };
}

function compareGvk(a: Gvk, b: Gvk): number {
  const byRank = rankOfKind(a.kind) - rankOfKind(b.kind);
  if (byRank !== 0) return byRank;
  const [x, y] = [sortTextOf(a), sortTextOf(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}
