/** Manifests that commands of the user make (spec flux-v1 §4). */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { applyPatchTo, loadManifests, readDocuments } from '../../lib/manifest/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { Fault, isRecord } from '../../lib/runtime/mod.ts';
import { runCommand } from './command.ts';
import { configFileName, parseConfigFile } from './config-file.ts';
import type { GenerationConfig } from './config-file.ts';

export interface GenerateOptions {
  /** The daemon's whole environment: generators get all of it. */
  env: Readonly<Record<string, string | undefined>>;
  /** Limit of a command that gives none, in milliseconds. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** A target path whose manifests are generated. */
export interface GeneratedPath {
  /** Names it in errors and as the source of its objects: `../.flux.yaml (in staging)`. */
  label: string;
  /** Where commands run and the patch file is; relative to the root. */
  target: string;
  config: Exclude<GenerationConfig, { kind: 'scanForFiles' }>;
}

/**
 * Looks for the configuration of a target path: in it, then upwards to the root.
 *
 * @param read reads a file of the repository by its path; `undefined` when there is none
 * @returns `undefined` when the path holds plain files
 * @throws Fault `GenerationConfig`
 */
export async function generatedPath(
  target: string,
  read: (file: string) => Promise<string | undefined>,
): Promise<GeneratedPath | undefined> {
  const named = path.posix.basename(target) === configFileName;
  if (!named && (await read(target)) !== undefined) return undefined;
  const start = named ? path.posix.dirname(target) : target;
  for (let folder = start === '' ? '.' : start; ; folder = path.posix.dirname(folder)) {
    const file = path.posix.join(folder, configFileName);
    const text = await read(file);
    if (text !== undefined) {
      const config = parseConfigFile(text, file);
      if (config.kind === 'scanForFiles') return undefined;
      const home = start === '' ? '.' : start;
      const label = `${path.posix.relative(home, folder) || '.'}/${configFileName} (in ${home})`;
      return { label: label.replace(/^\.\//, ''), target: home, config };
    }
    if (folder === '.') return undefined;
  }
}

export interface Generated {
  /** As the commands made them. */
  plain: readonly KubeObject[];
  /** With the patch file applied. */
  patched: readonly KubeObject[];
}

/** @param root of a checkout @throws Fault `GenerationFailed` */
export async function generate(
  root: string,
  { label, target, config }: GeneratedPath,
  options: GenerateOptions,
): Promise<Generated> {
  const folder = path.join(root, target);
  const outputs: string[] = [];
  for (const generator of config.generators)
    outputs.push(
      await runCommand(generator, 'generator', {
        folder,
        env: definedOnly(options.env),
        source: label,
        timeoutMs: options.timeoutMs,
        signal: options.signal,
      }),
    );
  const { objects, errors } = loadManifests(outputs.join('\n---\n'), label);
  const [problem] = errors;
  if (problem !== undefined)
    throw new Fault('GenerationFailed', 'stall', label, problem.message, { cause: problem });
  if (objects.length === 0)
    throw new Fault(
      'GenerationFailed',
      'stall',
      label,
      `${label}: the generators made no manifest at all`,
    );
  const plain = objects.map(({ object }) => object);
  if (config.kind !== 'patchUpdated') return { plain, patched: plain };
  const file = path.join(folder, config.patchFile);
  const patches = readPatches(await readOptional(file), config.patchFile);
  for (const [id, patch] of patches)
    if (!plain.some((object) => idOf(object) === id))
      throw new Fault(
        'GenerationFailed',
        'stall',
        label,
        `${label}: ${config.patchFile}: patch refers to missing resource (${describe(patch)})`,
      );
  const patched = plain.map((object) => {
    const patch = patches.get(idOf(object));
    return patch === undefined ? object : applyPatchTo(object, patch);
  });
  return { plain, patched };
}

/** Kind, namespace and name as the manifest itself gives them. */
export function idOf(object: Readonly<Record<string, unknown>>): string {
  const metadata = isRecord(object.metadata) ? object.metadata : {};
  return [object.kind, metadata.namespace ?? '', metadata.name].map(String).join('/').toLowerCase();
}

const describe = (patch: Readonly<Record<string, unknown>>): string => {
  const { namespace, name } = isRecord(patch.metadata) ? patch.metadata : {};
  const kind = String(patch.kind).toLowerCase();
  return `${namespace === undefined ? '' : `${String(namespace)}:`}${kind}/${String(name)}`;
};

function readPatches(text: string | undefined, file: string): Map<string, Record<string, unknown>> {
  const found = new Map<string, Record<string, unknown>>();
  let documents: unknown[];
  try {
    documents = readDocuments(text ?? '');
  } catch (cause) {
    throw new Fault('GenerationFailed', 'stall', file, `${file}: not valid YAML`, { cause });
  }
  for (const document of documents) if (isRecord(document)) found.set(idOf(document), document);
  return found;
}

/** A missing patch file means that nothing was changed yet. */
async function readOptional(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw thrown;
  }
}

export const definedOnly = (
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
