/** From the text of a file to the objects in it (spec flux-v1 §3.3). */
import type { KubeObject } from '../objects/mod.ts';
import { isRecord, messageOf } from '../runtime/mod.ts';
import { ManifestError } from './errors.ts';
import { readDocuments } from './go-yaml.ts';

export interface LoadedObject {
  object: KubeObject;
  /** The file, as given to the loader. */
  source: string;
}

export interface LoadResult {
  objects: LoadedObject[];
  /** What could not be read; the rest of the file counts all the same, except after a syntax error. */
  errors: ManifestError[];
}

/**
 * Reads every object of a YAML stream. Documents that are empty or have no `kind` are skipped, kinds ending in `List` are
 * unpacked.
 *
 * @param source the file's name, for errors
 */
export function loadManifests(text: string, source: string): LoadResult {
  const result: LoadResult = { objects: [], errors: [] };
  let documents: unknown[];
  try {
    documents = readDocuments(text);
  } catch (cause) {
    const line = lineOf(cause, text);
    const where = line === undefined ? source : `${source}:${line}`;
    result.errors.push(
      new ManifestError(
        'ManifestUnparsable',
        where,
        `${where}: not valid YAML: ${reasonOf(cause)}`,
        { cause },
      ),
    );
    return result;
  }
  for (const document of documents) take(document, source, result);
  return result;
}

function take(document: unknown, source: string, result: LoadResult): void {
  if (!isRecord(document)) return;
  const { kind, apiVersion } = document;
  if (kind === undefined || kind === null || kind === '') return;
  const problem = (message: string) => {
    result.errors.push(new ManifestError('ManifestNotObject', source, `${source}: ${message}`));
  };
  if (typeof kind !== 'string') {
    problem('kind is not a string');
    return;
  }
  if (kind.endsWith('List') && Array.isArray(document.items)) {
    for (const item of document.items) take(item, source, result);
    return;
  }
  if (typeof apiVersion !== 'string' || apiVersion === '') {
    problem(`${kind} has no apiVersion`);
    return;
  }
  const metadata = document.metadata;
  if (!isRecord(metadata) || typeof metadata.name !== 'string' || metadata.name === '') {
    problem(`${kind} has no metadata.name`);
    return;
  }
  const namespace = metadata.namespace;
  if (namespace !== undefined && namespace !== null && typeof namespace !== 'string') {
    problem(`${kind} ${metadata.name}: metadata.namespace is not a string`);
    return;
  }
  for (const field of ['labels', 'annotations'] as const) {
    const odd = Object.entries(isRecord(metadata[field]) ? metadata[field] : {}).find(
      ([, value]) => typeof value !== 'string',
    );
    if (odd !== undefined) {
      problem(
        `${kind} ${metadata.name}: metadata.${field}[${odd[0]}] is not a string; put its value in quotes`,
      );
      return;
    }
  }
  result.objects.push({ object: { ...document, apiVersion, kind, metadata }, source });
}

/** Line of a syntax error, counted from 1; the end of the text is said to be behind its last line, so that one is named. */
function lineOf(thrown: unknown, text: string): number | undefined {
  const mark = isRecord(thrown) && isRecord(thrown.mark) ? thrown.mark : undefined;
  if (typeof mark?.line !== 'number') return undefined;
  return Math.min(mark.line + 1, text.trimEnd().split('\n').length);
}

/** js-yaml's sentence without its picture of the surroundings, which may show a Secret's data. */
function reasonOf(thrown: unknown): string {
  return isRecord(thrown) && typeof thrown.reason === 'string' ? thrown.reason : messageOf(thrown);
}

/** JSON with sorted keys: equal text for equal objects. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    isRecord(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
