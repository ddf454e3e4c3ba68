/** Patches: strategic merge and JSON 6902, from files or in place, for one object or for all that a target selects. */
import { quote } from '../helm/values/mod.ts';
import { toYaml } from '../helm/yaml/mod.ts';
import { Fault } from '../runtime/mod.ts';
import { failure, within } from './errors.ts';
import { valueOfStruct } from './go-json.ts';
import { applyJsonPatch, readJsonPatch } from './json-patch.ts';
import type { JsonPatch } from './json-patch.ts';
import type { Patch, SelectorFields } from './kustomization.ts';
import type { Loader } from './loader.ts';
import { readObjects } from './read.ts';
import { printId } from './resource-id.ts';
import { internalAnnotations, Resource } from './resource.ts';
import type { Schemas } from './schema.ts';
import type { Transform } from './transformers.ts';

/** What a patch needs from the build. */
export interface PatchTools {
  loader: Loader;
  schemas: () => Schemas;
}

/** An entry of `patches`: of which sort it is, its text tells. */
export function patchTransform(entry: Patch, { loader, schemas }: PatchTools): Transform {
  const { text, source } = textOf(entry, loader);
  const merge = attempt(() => readObjects(text).map((node) => new Resource(node)));
  const json = attempt(() => {
    if (text === '') throw failure('empty json patch operations');
    return readJsonPatch(text);
  });
  if ((merge?.length ?? 0) > 0 && (json?.length ?? 0) > 0) {
    throw failure(`illegally qualifies as both an SM and JSON patch: ${source}`);
  }
  if (merge === undefined && json === undefined) {
    throw failure(`unable to parse SM or JSON patch from ${source}`);
  }
  const { target } = entry;
  if (merge === undefined || merge.length === 0) {
    const operations = merge === undefined ? (json ?? []) : [];
    return jsonTransform(operations, target, source);
  }
  for (const patch of merge) {
    if (entry.options?.get('allowNameChange') === true) patch.allowNameChange();
    if (entry.options?.get('allowKindChange') === true) patch.allowKindChange();
  }
  return mergeTransform(merge, target, source, schemas);
}

function textOf(entry: Patch, loader: Loader): { text: string; source: string } {
  const inline = entry.patch.replaceAll(/^\s+|\s+$/g, '');
  if (inline === '' && entry.path === '') {
    throw failure(`must specify one of patch and path in\n${toYaml(valueOfStruct(entry))}`);
  }
  if (inline !== '' && entry.path !== '') {
    throw failure(`patch and path can't be set at the same time\n${toYaml(valueOfStruct(entry))}`);
  }
  if (inline !== '') return { text: inline, source: `[patch: ${quote(inline)}]` };
  const text = within(`failed to get the patch file from path(${entry.path})`, () =>
    loader.load(entry.path),
  );
  return { text, source: `[path: ${quote(entry.path)}]` };
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof Fault) return undefined;
    throw thrown;
  }
}

function mergeTransform(
  patches: readonly Resource[],
  target: SelectorFields | undefined,
  source: string,
  schemas: () => Schemas,
): Transform {
  return (resources) => {
    if (target === undefined) {
      for (const patch of patches) {
        const id = patch.originalId;
        const found = within(
          () => `no resource matches strategic merge patch ${quote(printId(id))}`,
          () => resources.byId(id),
        );
        found.applyStrategicMerge(patch, schemas());
      }
      return;
    }
    const [patch, ...more] = patches;
    if (more.length > 0) {
      throw failure(
        `Multiple Strategic-Merge Patches in one \`patches\` entry is not allowed to set \`patches.target\` field: ${source}`,
      );
    }
    const selected = within(
      () => `unable to find patch target ${quote(describeSelector(target))} in \`resources\``,
      () => resources.select(target),
    );
    if (patch !== undefined) resources.applyStrategicMerge(selected, patch, schemas());
  };
}

function describeSelector(target: SelectorFields): string {
  return `${printId(target)}:a=${target.annotationSelector}:l=${target.labelSelector}`;
}

function jsonTransform(
  operations: JsonPatch,
  target: SelectorFields | undefined,
  source: string,
): Transform {
  return (resources) => {
    if (target === undefined) {
      throw failure(`must specify a target for JSON patch ${source}`);
    }
    for (const resource of resources.select(target)) {
      resource.rememberId();
      applyOperations(resource, operations);
    }
  };
}

function applyOperations(resource: Resource, operations: JsonPatch): void {
  const kept = internalAnnotations(resource);
  applyJsonPatch(resource.root, operations);
  resource.setAnnotations(new Map([...resource.annotations(), ...kept]));
}

/** `patchesStrategicMerge`: each entry is a patch or the path of a file with patches. */
export function strategicMergeTransform(
  paths: readonly string[],
  inline: string,
  { loader, schemas }: PatchTools,
): Transform {
  if (paths.length === 0 && inline === '') {
    throw failure('empty file path and empty patch content');
  }
  const patches = paths.flatMap(
    (each) => attempt(() => readObjects(each)) ?? readPatchFile(each, loader),
  );
  if (inline !== '') patches.push(...readObjects(inline));
  if (patches.length === 0) {
    throw failure(`patch appears to be empty; files=[${paths.join(' ')}], Patch=${inline}`);
  }
  return (resources) => {
    for (const node of patches) {
      const patch = new Resource(node);
      const target = resources.byId(patch.originalId);
      resources.applyStrategicMerge([target], patch, schemas());
    }
  };
}

function readPatchFile(path: string, loader: Loader): ReturnType<typeof readObjects> {
  const content = loader.load(path);
  try {
    return readObjects(content);
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    throw describeMalformed(thrown, path);
  }
}

/** Says in which file something is no YAML. */
export function describeMalformed(fault: Fault, path: string): Fault {
  return fault.message.includes('MalformedYAMLError')
    ? failure(`${fault.message} in File: ${path}`)
    : fault;
}

/** An entry of `patchesJson6902`. */
export function json6902Transform(
  entry: { target: SelectorFields | undefined; path: string; patch: string },
  { loader }: PatchTools,
): Transform {
  const { target } = entry;
  if (target === undefined || target.name === '') throw failure('must specify the target name');
  if (entry.path === '' && entry.patch === '') {
    throw failure('empty file path and empty jsonOp');
  }
  let text = entry.patch;
  if (entry.path !== '') {
    if (text !== '') throw failure('must specify a file path or jsonOp, not both');
    text = loader.load(entry.path);
    if (text === '') throw failure(`patch file '${entry.path}' empty seems to be empty`);
  }
  const operations = within(`decoding ${text}`, () => readJsonPatch(text));
  if (operations.length === 0) {
    throw failure(`patch appears to be empty; file=${entry.path}, JsonOp=${text}`);
  }
  return (resources) => {
    for (const resource of resources.select(target)) applyOperations(resource, operations);
  };
}
