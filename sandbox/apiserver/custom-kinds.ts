/** CustomResourceDefinitions: what they make the server serve. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import type { Column, Kind, KindRegistry } from './kinds.ts';
import { typeNamed } from './schema/builtin.ts';
import { customType } from './schema/custom-schema.ts';
import { isObject } from './schema/type-node.ts';
import type { Store } from './store.ts';
import { timeText } from './write-object.ts';

const definitionsKey = 'apiextensions.k8s.io/customresourcedefinitions';

/** Follows the definitions in the store: registers their kinds and writes their status. */
export function followDefinitions(store: Store, kinds: KindRegistry, clock: Clock): void {
  for (const definition of store.list(definitionsKey)) {
    kinds.setCustom(definition.metadata.name ?? '', kindsOf(definition));
  }
  store.subscribe(({ key, type, object }) => {
    if (key !== definitionsKey || type === 'DELETED') return;
    kinds.setCustom(object.metadata.name ?? '', kindsOf(object));
    if (establishedGeneration(object) !== object.metadata.generation)
      establish(store, clock, object);
  });
}

/** The versions of a definition that are served. */
export function kindsOf(definition: KubeObject): Kind[] {
  const spec = isObject(definition.spec) ? definition.spec : {};
  const names = isObject(spec.names) ? spec.names : {};
  const kind = String(names.kind);
  const versions = Array.isArray(spec.versions) ? spec.versions.filter(isObject) : [];
  return versions
    .filter((version) => version.served === true)
    .map((version): Kind => {
      const schema =
        isObject(version.schema) && isObject(version.schema.openAPIV3Schema)
          ? version.schema.openAPIV3Schema
          : undefined;
      const subresources = isObject(version.subresources) ? version.subresources : {};
      return {
        group: String(spec.group),
        version: String(version.name),
        kind,
        resource: String(names.plural),
        singular: typeof names.singular === 'string' ? names.singular : kind.toLowerCase(),
        namespaced: spec.scope === 'Namespaced',
        shortNames: texts(names.shortNames),
        categories: texts(names.categories),
        status: isObject(subresources.status),
        scale: isObject(subresources.scale),
        generation: true,
        custom: {
          definition: definition.metadata.name ?? '',
          schema,
          type: customType(schema, typeNamed('meta.v1.ObjectMeta'), kind),
          preserveUnknownFields: spec.preserveUnknownFields === true,
          columns: columnsOf(version.additionalPrinterColumns),
          storage: version.storage === true,
        },
      };
    });
}

function columnsOf(value: unknown): (Column & { jsonPath: string })[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isObject).map((column) => ({
    name: String(column.name),
    type: String(column.type),
    jsonPath: String(column.jsonPath),
    ...(typeof column.format === 'string' ? { format: column.format } : {}),
    ...(typeof column.description === 'string' ? { description: column.description } : {}),
    ...(typeof column.priority === 'number' ? { priority: column.priority } : {}),
  }));
}

/** Accepts the names and says that the kinds are served. */
function establish(store: Store, clock: Clock, definition: KubeObject): void {
  const spec = isObject(definition.spec) ? definition.spec : {};
  const names = isObject(spec.names) ? spec.names : {};
  const status = isObject(definition.status) ? definition.status : {};
  const stored = kindsOf(definition).find((kind) => kind.custom?.storage === true)?.version;
  const lastTransitionTime = timeText(clock.now());
  const condition = (type: string, reason: string, message: string) => ({
    lastTransitionTime,
    message,
    reason,
    status: 'True',
    type,
  });
  store.put(definitionsKey, {
    ...definition,
    status: {
      ...status,
      acceptedNames: {
        listKind: `${String(names.kind)}List`,
        singular: String(names.kind).toLowerCase(),
        ...names,
      },
      conditions: [
        condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
        condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
      ],
      storedVersions: [
        ...new Set([...texts(status.storedVersions), ...(stored === undefined ? [] : [stored])]),
      ],
      observedGeneration: definition.metadata.generation,
    },
  });
}

function establishedGeneration(definition: KubeObject): unknown {
  return isObject(definition.status) ? definition.status.observedGeneration : undefined;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}
