/** From the files of an artifact to the objects that are applied. */
import { createHash } from 'node:crypto';
import { hidePasswords } from '../../lib/git/mod.ts';
import type { GoMap } from '../../lib/helm/values/mod.ts';
import { toYaml, writeJson } from '../../lib/helm/yaml/mod.ts';
import { build, buildWithRemotes } from '../../lib/kustomize/mod.ts';
import type { BuildOptions, RemoteFetch } from '../../lib/kustomize/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { Fault, messageOf } from '../../lib/runtime/mod.ts';
import { decryptObject, decryptSources, mapAt, textAt } from './decrypt.ts';
import type { Decryption } from './decrypt.ts';
import { KustomizationError } from './errors.ts';
import type { SourceFiles } from './files.ts';
import { writeKustomization } from './generate.ts';
import type { KustomizationSpec } from './spec.ts';
import { isSubstituted, substituteObject } from './variables.ts';

export interface BuildRequest {
  files: SourceFiles;
  /** Where the build starts. */
  folder: string;
  spec: KustomizationSpec;
  /** Without it nothing is decrypted. */
  decryption: Decryption | undefined;
  /** Asked for once, when there is an object. */
  variables: () => Promise<ReadonlyMap<string, string>>;
  /** Variables that are not set are refused. */
  strict: boolean;
  /** Without it addresses are refused. */
  remotes?: RemoteFetch | undefined;
}

export interface Built {
  objects: KubeObject[];
  /** Of the manifests as one text. */
  digest: string;
}

/** @throws KustomizationError `BuildFailed` with the message of the original */
export async function buildObjects(request: BuildRequest): Promise<Built> {
  const { files, folder, spec, decryption } = request;
  try {
    writeKustomization(files, folder, spec.fields);
  } catch (cause) {
    throw cause instanceof Fault ? failed(cause.message, cause) : cause;
  }
  if (decryption !== undefined) await decryptSources(files, folder, decryption);
  const found = await builtBy(request);
  const finished: GoMap[] = [];
  for (const object of found) finished.push(await finish(object, request));
  const objects = finished.filter((each) => !isKustomization(each)).map(toObject);
  const digest = createHash('sha256').update(finished.map(toYaml).join('---\n')).digest('hex');
  return { objects, digest: `sha256:${digest}` };
}

async function builtBy({ files, folder, remotes }: BuildRequest): Promise<GoMap[]> {
  const options: BuildOptions = {
    files,
    path: folder,
    sha256,
    loadRestriction: 'none',
    order: 'none',
  };
  try {
    return await (remotes === undefined ? build(options) : buildWithRemotes(options, remotes));
  } catch (cause) {
    throw cause instanceof Fault
      ? // Addresses of bases can hold one.
        failed(`kustomize build failed: ${hidePasswords(cause.message)}`, cause)
      : cause;
  }
}

async function finish(given: GoMap, request: BuildRequest): Promise<GoMap> {
  const { spec, decryption } = request;
  let object = given;
  const [apiVersion, kind] = [textAt(object, 'apiVersion'), textAt(object, 'kind')];
  const name = textAt(mapAt(object, 'metadata'), 'name');
  if (name === '' || kind === '' || apiVersion === '') {
    throw failed(
      `failed to decode Kubernetes apiVersion, kind and name from: ${apiVersion} ${kind} ${name}`,
    );
  }
  const slash = apiVersion.lastIndexOf('/');
  const [group, version] = [apiVersion.slice(0, Math.max(slash, 0)), apiVersion.slice(slash + 1)];
  const shown = `${kind}.${version}.${group === '' ? '[noGrp]' : group}/${name}`;
  const attempt = async (what: string, work: () => Promise<GoMap>) => {
    try {
      return await work();
    } catch (cause) {
      throw failed(`${what} failed for '${shown}': ${messageOf(cause)}`, cause);
    }
  };
  if (decryption !== undefined)
    object = await attempt('decryption', () => decryptObject(object, decryption));
  const { postBuild } = spec;
  if (postBuild !== undefined && isSubstituted(object)) {
    object = await attempt('post build', async () => {
      const variables = await request.variables();
      return variables.size > 0 || postBuild.always
        ? substituteObject(object, variables, request.strict)
        : object;
    });
  }
  return object;
}

const sha256 = (data: string | Uint8Array): string =>
  createHash('sha256').update(data).digest('hex');

const failed = (message: string, cause?: unknown) =>
  new KustomizationError('BuildFailed', 'build', message, { cause });

/** Files of kustomize itself are nothing that a cluster knows. */
const isKustomization = (object: GoMap): boolean =>
  textAt(object, 'kind').toLowerCase() === 'kustomization' &&
  textAt(object, 'apiVersion').startsWith('kustomize.config.k8s.io/');

const toObject = (object: GoMap): KubeObject => JSON.parse(writeJson(object)) as KubeObject;
