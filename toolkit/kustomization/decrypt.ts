/** SOPS in a build: keys out of a Secret, files before it, objects after it (kustomize-controller internal/decryptor). */
import type { GoMap } from '../../lib/helm/values/mod.ts';
import { parseJson, writeJson } from '../../lib/helm/yaml/mod.ts';
import { cleanPath, fileNames, looseKustomization } from '../../lib/kustomize/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { decryptSopsText, hasSopsMark, markedFormat, sopsFormatOf } from '../../lib/sops/mod.ts';
import type { SopsFormat, SopsKeys } from '../../lib/sops/mod.ts';
import { KustomizationError } from './errors.ts';
import { root } from './files.ts';
import type { SourceFiles } from './files.ts';

/** Whose MAC is looked at: nobody's, that of files that are taken as they are, or that of manifests too. */
export type MacCheck = 'none' | 'files' | 'all';

export interface Decryption {
  keys: SopsKeys;
  macCheck: MacCheck;
}

/** Larger files are refused. */
const mostBytes = 5 * 1024 * 1024;

const failed = (message: string, cause?: unknown) =>
  new KustomizationError('BuildFailed', 'decryption', message, { cause });

/**
 * Decrypts what generators and patches of a folder read, and of the folders that it names.
 *
 * @throws KustomizationError `BuildFailed`; messages never hold content
 */
export async function decryptSources(
  files: SourceFiles,
  folder: string,
  decryption: Decryption,
): Promise<void> {
  const folders = new Set<string>();
  const done = new Set<string>();
  const open = async (path: string, format: SopsFormat) => {
    if (done.has(path)) return;
    done.add(path);
    const data = files.bytes(path);
    if (data === undefined) throw failed(`lstat ${shown(path)}: no such file or directory`);
    const clear = await decryptFile(data, format, path, decryption);
    if (clear !== undefined) files.put(path, clear);
  };
  const visit = async (at: string): Promise<void> => {
    if (folders.has(at)) return;
    folders.add(at);
    const name = fileNames.find((each) => files.bytes(`${at}/${each}`) !== undefined);
    if (name === undefined) throw failed('no kustomization file found');
    const kustomization = looseKustomization(files.readFile(`${at}/${name}`) ?? '');
    for (const { path, format } of encryptedFiles(kustomization))
      await open(below(at, path), format);
    for (const each of [
      ...texts(kustomization, 'resources'),
      ...texts(kustomization, 'components'),
    ]) {
      const path = below(at, each);
      if (files.isFolder(path)) await visit(path);
      else if (decryption.macCheck === 'all') await checkManifestMac(files, path, decryption);
    }
  };
  try {
    await visit(folder);
  } catch (cause) {
    throw failed(`error decrypting sources: ${messageOf(cause)}`, cause);
  }
}

/** Paths stop at the artifact's root, as they do for the original. */
function below(folder: string, path: string): string {
  const inside = path.startsWith('/') ? path : `${folder.slice(root.length)}/${path}`;
  const clean = cleanPath(inside);
  return clean === '/' ? root : `${root}${clean}`;
}

const shown = (path: string) => path.slice(root.length + 1);

function encryptedFiles(kustomization: GoMap): { path: string; format: SopsFormat }[] {
  const found: { path: string; format: SopsFormat }[] = [];
  for (const generator of maps(kustomization, 'secretGenerator')) {
    for (const source of texts(generator, 'files')) {
      const equals = source.indexOf('=');
      const key = equals < 0 ? source : source.slice(0, equals);
      found.push({ path: source.slice(equals + 1), format: formatOf(key) });
    }
    const env = generator.get('env');
    for (const path of [...texts(generator, 'envs'), ...(typeof env === 'string' ? [env] : [])]) {
      const format = formatOf(path);
      found.push({ path, format: format === 'binary' ? 'dotenv' : format });
    }
  }
  for (const patch of maps(kustomization, 'patches')) {
    const path = patch.get('path');
    if (typeof path === 'string' && path !== '' && !/^[a-z][a-z0-9+.-]*:\/\//i.test(path))
      found.push({ path, format: formatOf(path) });
  }
  return found;
}

const formatOf = (path: string): SopsFormat =>
  path.endsWith('.dockerconfigjson') ? 'json' : sopsFormatOf(path);

async function decryptFile(
  data: Uint8Array,
  format: SopsFormat,
  path: string,
  { keys, macCheck }: Decryption,
): Promise<Uint8Array | undefined> {
  if (data.byteLength > mostBytes) {
    throw failed(
      `cannot decrypt file with size (${data.byteLength} bytes) exceeding limit (${mostBytes})`,
    );
  }
  if (!hasSopsMark(data, format)) return undefined;
  try {
    return await decryptSopsText(data, format, format, keys, { checkMac: macCheck !== 'none' });
  } catch (cause) {
    throw failed(`${shown(path)}: ${messageOf(cause)}`, cause);
  }
}

async function checkManifestMac(
  files: SourceFiles,
  path: string,
  { keys }: Decryption,
): Promise<void> {
  const data = files.bytes(path);
  if (data === undefined || !hasSopsMark(data, 'yaml')) return;
  try {
    await decryptSopsText(data, 'yaml', 'yaml', keys);
  } catch (cause) {
    throw failed(`${shown(path)}: ${messageOf(cause)}`, cause);
  }
}

/**
 * An object in the clear: one that was encrypted as a whole, or a Secret some of whose values are encrypted files. Its
 * MAC is not looked at, for the build has changed it.
 *
 * @throws KustomizationError `BuildFailed`
 */
export async function decryptObject(object: GoMap, { keys }: Decryption): Promise<GoMap> {
  const metadata = mapAt(object, 'metadata');
  if (isDisabled(metadata)) return object;
  const name = `${textAt(metadata, 'namespace')}/${textAt(metadata, 'name')}`;
  const kind = textAt(object, 'kind');
  if (isEncrypted(object)) {
    try {
      const data = Buffer.from(writeJson(object));
      const clear = await decryptSopsText(data, 'json', 'json', keys, { checkMac: false });
      const value = parseJson(Buffer.from(clear).toString('utf8'));
      return value instanceof Map ? value : object;
    } catch (cause) {
      throw failed(
        `failed to decrypt and format '${name}' ${kind} data: ${messageOf(cause)}`,
        cause,
      );
    }
  }
  if (kind !== 'Secret') return object;
  const data: GoMap = new Map(mapAt(object, 'data'));
  for (const [key, value] of data) {
    const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : Buffer.alloc(0);
    const input = markedFormat(bytes);
    if (input === undefined) continue;
    const output = formatOf(key);
    try {
      const clear = await decryptSopsText(
        bytes,
        input === 'json' && output !== 'json' ? 'binary' : input,
        output,
        keys,
        { checkMac: false },
      );
      data.set(key, Buffer.from(clear).toString('base64'));
    } catch (cause) {
      throw failed(
        `failed to decrypt and format '${name}' Secret field '${key}': ${messageOf(cause)}`,
        cause,
      );
    }
  }
  return data.size === 0 ? object : new Map([...object, ['data', data]]);
}

/** Whether an object is as SOPS has left it. */
export function isEncrypted(object: GoMap): boolean {
  const sops = object.get('sops');
  return sops instanceof Map && ![undefined, null, ''].includes(sops.get('mac') as null);
}

function isDisabled(metadata: GoMap): boolean {
  const text = textAt(mapAt(metadata, 'annotations'), 'kustomize.toolkit.fluxcd.io/decrypt');
  return text.toLowerCase() === 'disabled';
}

export function mapAt(map: GoMap, key: string): GoMap {
  const value = map.get(key);
  return value instanceof Map ? value : new Map();
}

export function textAt(map: GoMap, key: string): string {
  const value = map.get(key);
  return typeof value === 'string' ? value : '';
}

const listAt = (map: GoMap, key: string) => {
  const value = map.get(key);
  return Array.isArray(value) ? value : [];
};

const maps = (map: GoMap, key: string) =>
  listAt(map, key).filter((each): each is GoMap => each instanceof Map);

const texts = (map: GoMap, key: string) =>
  listAt(map, key).filter((each) => typeof each === 'string');
