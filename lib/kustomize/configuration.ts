/** Files of `configurations`: more places for names, labels and the rest. */
import { within } from './errors.ts';
import { decodeStruct, list, struct, text } from './go-json.ts';
import { fieldSpec, yamlValue } from './kustomization.ts';
import { sorted } from './transformer-config.ts';
import type { TransformerConfig } from './transformer-config.ts';

const nameReference = struct('builtinconfig.NameBackReferences', {
  group: text,
  version: text,
  kind: text,
  fieldSpecs: list(fieldSpec),
});
const specs = list(fieldSpec);
const configuration = struct('builtinconfig.TransformerConfig', {
  namePrefix: specs,
  nameSuffix: specs,
  namespace: specs,
  commonLabels: specs,
  labels: specs,
  templateLabels: specs,
  commonAnnotations: specs,
  nameReference: list(nameReference),
  varReference: specs,
  images: specs,
  replicas: specs,
});

/** @throws KustomizeError for unknown fields and wrong types */
export function readConfiguration(content: string): TransformerConfig {
  const read = within('error unmarshaling JSON: while decoding JSON', () =>
    decodeStruct(yamlValue(content), configuration, true),
  );
  return sorted({
    namePrefix: read.namePrefix ?? [],
    nameSuffix: read.nameSuffix ?? [],
    namespace: read.namespace ?? [],
    commonLabels: read.commonLabels ?? [],
    labels: read.labels ?? [],
    templateLabels: read.templateLabels ?? [],
    commonAnnotations: read.commonAnnotations ?? [],
    nameReference: (read.nameReference ?? []).map(({ fieldSpecs, ...type }) => ({
      ...type,
      fields: fieldSpecs ?? [],
    })),
    varReference: read.varReference ?? [],
    images: read.images ?? [],
    replicas: read.replicas ?? [],
  });
}
