/** The kustomization.yaml at the top of a build: the one that is there, or one that names every manifest, with what the spec adds. */
import { parseJson, toYaml, writeJson } from '../../lib/helm/yaml/mod.ts';
import type { GoMap, GoValue } from '../../lib/helm/values/mod.ts';
import {
  checkManifest,
  cleanPath,
  fileNames,
  looseKustomization,
} from '../../lib/kustomize/mod.ts';
import { Fault, isRecord } from '../../lib/runtime/mod.ts';
import { patchesOf } from '../runtime/mod.ts';
import type { Fields } from '../runtime/mod.ts';
import { KustomizationError } from './errors.ts';
import type { SourceFiles } from './files.ts';

/**
 * Writes the file of a folder (fluxcd/pkg kustomize, kustomize_generator.go).
 *
 * @param spec of the Kustomization
 * @throws KustomizationError `BuildFailed`; KustomizeError for a file that is no kustomization
 */
export function writeKustomization(files: SourceFiles, folder: string, spec: Fields): void {
  const existing = fileNames
    .map((name) => `${folder}/${name}`)
    .find((path) => files.bytes(path) !== undefined);
  const file =
    existing === undefined
      ? generated(files, folder)
      : looseKustomization(files.readFile(existing) ?? '');
  if (existing !== undefined && listAt(file, 'resources').length === 0) {
    // Otherwise a file without resources says nothing, and is refused.
    file.set('buildMetadata', ['originAnnotations']);
  }
  if (!file.has('apiVersion')) file.set('apiVersion', 'kustomize.config.k8s.io/v1beta1');
  if (!file.has('kind')) file.set('kind', 'Kustomization');
  addSpec(files, folder, file, spec);
  files.put(existing ?? `${folder}/kustomization.yaml`, Buffer.from(toYaml(file)));
}

function generated(files: SourceFiles, folder: string): GoMap {
  const resources = manifestsBelow(files, folder).map((path) => `.${path.slice(folder.length)}`);
  return resources.length === 0
    ? new Map([['namespace', '_placeholder']])
    : new Map([['resources', resources]]);
}

/** Manifests, and folders with a kustomization of their own, in the order of a walk. */
function manifestsBelow(files: SourceFiles, folder: string): string[] {
  return files.entries(folder).flatMap((name) => {
    const path = `${folder}/${name}`;
    if (files.isFolder(path)) {
      const isOwn = fileNames.some((each) => files.bytes(`${path}/${each}`) !== undefined);
      return isOwn ? [path] : manifestsBelow(files, path);
    }
    if (!/\.ya?ml$/.test(name)) return [];
    try {
      checkManifest(files.readFile(path) ?? '');
    } catch (cause) {
      if (!(cause instanceof Fault)) throw cause;
      throw new KustomizationError(
        'BuildFailed',
        path,
        `failed to decode Kubernetes YAML from ${path}: ${cause.message}`,
        { cause },
      );
    }
    return [path];
  });
}

function addSpec(files: SourceFiles, folder: string, file: GoMap, spec: Fields): void {
  const setText = (key: string, value: string | undefined) => {
    if (value !== undefined) file.set(key, value);
  };
  setText('namespace', spec.text('targetNamespace'));
  setText('namePrefix', spec.text('namePrefix'));
  setText('nameSuffix', spec.text('nameSuffix'));
  append(file, 'components', componentsOf(files, folder, spec));
  for (const [key, patches] of Object.entries(patchesOf(spec))) append(file, key, patches);
  addImages(file, spec);
  const metadata = spec.texts('buildMetadata');
  if (metadata.length > 0) file.set('buildMetadata', metadata);
}

/** What the original takes for an address, or for a path of the machine. */
const remote = /^(git::|gh:|ssh:\/\/|https?:\/\/|git@|github\.com[:/]|file:\/\/\/)./i;

function componentsOf(files: SourceFiles, folder: string, spec: Fields): string[] {
  const mayMiss = spec.flag('ignoreMissingComponents') ?? false;
  return spec.texts('components').filter((component) => {
    if (component.startsWith('/') || remote.test(component)) {
      throw new KustomizationError(
        'BuildFailed',
        component,
        `component path '${component}' must be local and relative`,
      );
    }
    return !mayMiss || files.isFolder(cleanPath(`${folder}/${component}`));
  });
}

/** An image that the file names already keeps what the spec does not say; tag and digest count as one. */
function addImages(file: GoMap, spec: Fields): void {
  const images = listAt(file, 'images').filter((each): each is GoMap => each instanceof Map);
  for (const image of spec.each('images')) {
    const name = image.text('name') ?? '';
    const known = images.find((each) => each.get('name') === name);
    const merged: GoMap = known ?? new Map([['name', name]]);
    if (known === undefined) images.push(merged);
    const [newName, newTag, digest] = ['newName', 'newTag', 'digest'].map((key) => image.text(key));
    if (newName !== undefined) merged.set('newName', newName);
    if (newTag === undefined && digest === undefined) continue;
    merged.delete('newTag');
    merged.delete('digest');
    if (newTag !== undefined) merged.set('newTag', newTag);
    if (digest !== undefined) merged.set('digest', digest);
  }
  if (images.length > 0) file.set('images', images);
}

function append(file: GoMap, key: string, more: readonly GoValue[]): void {
  if (more.length > 0) file.set(key, [...listAt(file, key), ...more]);
}

function listAt(file: GoMap, key: string): GoValue[] {
  const value = file.get(key);
  return Array.isArray(value) ? value : [];
}

/** JSON, as objects of the cluster have it, as a value of the engine. */
export function goValueOf(value: unknown): GoValue {
  return parseJson(JSON.stringify(value ?? null));
}

/** A value of the engine as JSON. */
export function jsonOf(value: GoMap): Record<string, unknown> {
  const parsed: unknown = JSON.parse(writeJson(value));
  return isRecord(parsed) ? parsed : {};
}
