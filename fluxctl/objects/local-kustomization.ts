/** Kustomizations as files have them, and where their manifests lie. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { readDocuments } from '../../lib/manifest/mod.ts';
import { parseApiVersion } from '../../lib/objects/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { isRecord, messageOf } from '../../lib/runtime/mod.ts';
import { UsageError, VerbFailed } from '../errors.ts';
import { servedVersion, notServed } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { groups } from './kind.ts';
import { kinds } from './kinds.ts';
import { textAt } from './read.ts';

export interface Wanted {
  name: string;
  /** A file with the Kustomization itself, in place of the spec that the cluster has; '' for none. */
  kustomizationFile: string;
  /** The file is enough: the cluster need not have it yet. */
  ignoreNotFound: boolean;
}

export const keyOf = ({ metadata }: KubeObject): string =>
  `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;

export const isKustomization = ({ apiVersion, kind }: KubeObject): boolean =>
  kind === 'Kustomization' && parseApiVersion(apiVersion).group === groups.kustomize;

/**
 * What the server has, with the spec of the file when there is one.
 *
 * @throws VerbFailed with status 2
 */
export async function wantedKustomization(
  { kube, namespace }: Cluster,
  { name, kustomizationFile, ignoreNotFound }: Wanted,
): Promise<KubeObject> {
  const failed = (why: string) => new VerbFailed(`failed to get kustomization object: ${why}`, 2);
  const own = kinds.filter(({ kind }) => kind === 'Kustomization');
  const [of] = own;
  const apiVersion = of === undefined ? undefined : await servedVersion(kube, of);
  if (apiVersion === undefined) throw failed(notServed(own));
  const live = await kube.get({ apiVersion, kind: 'Kustomization', namespace, name });
  if (live === undefined && !ignoreNotFound)
    throw failed(`kustomizations.${groups.kustomize} "${name}" not found`);
  if (kustomizationFile === '' && live !== undefined) return live;
  const local = await kustomizationIn(kustomizationFile, namespace, name);
  return live === undefined ? local : { ...live, spec: local['spec'] };
}

/**
 * @returns the Kustomization of a file by its name and namespace, which the file need not say
 * @throws VerbFailed with status 2
 */
export async function kustomizationIn(
  file: string,
  namespace: string,
  name: string,
): Promise<KubeObject> {
  const failed = (why: string) => new VerbFailed(`failed to get kustomization object: ${why}`, 2);
  let documents: unknown[];
  try {
    documents = readDocuments(await readFile(file, 'utf8'));
  } catch (thrown) {
    throw failed(`failed to read kustomization file ${file}: ${messageOf(thrown)}`);
  }
  const own = documents.find(
    (each) =>
      textAt(each, 'apiVersion').startsWith(`${groups.kustomize}/`) &&
      textAt(each, 'kind') === 'Kustomization' &&
      textAt(each, 'metadata', 'name') === name &&
      ['', namespace].includes(textAt(each, 'metadata', 'namespace')),
  );
  if (!isRecord(own))
    throw failed(
      `failed find kustomization with name '${name}' and namespace '${namespace}' in file '${file}'`,
    );
  const apiVersion = textAt(own, 'apiVersion');
  return { ...own, apiVersion, kind: 'Kustomization', metadata: { namespace, name } };
}

/** Folders of sources by `Kind/namespace/name`. @throws UsageError for one that is not of the form `source=folder` */
export function readLocalSources(given: readonly string[]): Map<string, string> {
  return new Map(
    given.map((each) => {
      const sign = each.indexOf('=');
      if (sign < 0)
        throw new UsageError(
          `invalid argument ${JSON.stringify(each)} for "--local-sources" flag: ${each} must be formatted as key=value`,
        );
      return [each.slice(0, sign), each.slice(sign + 1)] as const;
    }),
  );
}

/** Where the files of a Kustomization lie, by its source. @throws VerbFailed with status 2 */
export function folderOf(object: KubeObject, localSources: ReadonlyMap<string, string>): string {
  const [kind, name] = ['kind', 'name'].map((key) => textAt(object, 'spec', 'sourceRef', key));
  const namespace =
    textAt(object, 'spec', 'sourceRef', 'namespace') || (object.metadata.namespace ?? '');
  const source = `${kind}/${namespace}/${name}`;
  const local = localSources.get(source);
  if (local === undefined)
    throw new VerbFailed(
      `cannot get local path for ${source} of kustomization ${object.metadata.name ?? ''}: name it with --local-sources`,
      2,
    );
  return path.join(local, textAt(object, 'spec', 'path'));
}

/** @param status when it is no folder @throws VerbFailed */
export async function checkFolder(folder: string, status: number): Promise<void> {
  if (folder !== '' && (await kindOfFile(folder)) === 'folder') return;
  throw new VerbFailed(`invalid resource path ${JSON.stringify(folder)}`, status);
}

/** @param file '' for none @throws VerbFailed */
export async function checkFile(file: string): Promise<void> {
  if (file !== '' && (await kindOfFile(file)) !== 'file')
    throw new VerbFailed(`invalid kustomization file ${JSON.stringify(file)}`);
}

async function kindOfFile(name: string): Promise<'file' | 'folder' | undefined> {
  try {
    return (await stat(name)).isDirectory() ? 'folder' : 'file';
  } catch {
    // Not there, or not to be looked at: the same to who named it.
    return undefined;
  }
}
