/** A CustomResourceDefinition: every served version has the same schema, so that nothing needs converting. Pure. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import type { Schema } from './schema.ts';

export interface Column {
  name: string;
  jsonPath: string;
  type?: 'date';
}

export interface Definition {
  group: string;
  kind: string;
  plural: string;
  shortNames: readonly string[];
  categories: readonly string[];
  /** Newest first; the first is the one stored. */
  versions: readonly string[];
  columns: readonly Column[];
  description: string;
  spec: Schema;
  status: Schema;
}

export function definitionOf(definition: Definition): KubeObject {
  const { group, kind, plural, shortNames, categories, versions } = definition;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        shortNames,
        categories,
      },
      scope: 'Namespaced',
      versions: versions.map((name, at) => ({
        name,
        served: true,
        storage: at === 0,
        subresources: { status: {} },
        additionalPrinterColumns: definition.columns.map(({ name: column, jsonPath, type }) => ({
          name: column,
          jsonPath,
          type: type ?? 'string',
        })),
        schema: {
          openAPIV3Schema: {
            type: 'object',
            description: definition.description,
            properties: {
              apiVersion: { type: 'string' },
              kind: { type: 'string' },
              metadata: { type: 'object' },
              spec: definition.spec,
              status: definition.status,
            },
          },
        },
      })),
    },
  };
}

export const sourceApi = {
  group: 'source.toolkit.fluxcd.io',
  categories: ['all', 'fluxcd', 'fluxcd-sources'],
} as const;

export const ageColumn: Column = {
  name: 'Age',
  jsonPath: '.metadata.creationTimestamp',
  type: 'date',
};

export const readyColumns: readonly Column[] = [
  ageColumn,
  { name: 'Ready', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: 'Status', jsonPath: '.status.conditions[?(@.type=="Ready")].message' },
];
