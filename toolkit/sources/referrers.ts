/** What refers to an artifact of a registry: signatures beside it (Distribution Specification 1.1). */
import type { OciAnswer } from '../../lib/helm/fetch/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';
import { digestOf } from '../artifacts/mod.ts';
import { Fields } from '../runtime/mod.ts';
import { nextPage, pull } from './oci-remote.ts';
import type { Remote } from './oci-remote.ts';

const indexType = 'application/vnd.oci.image.index.v1+json';
const mostPages = 20;

/**
 * Descriptors of the manifests that refer to a digest, by the registry's own list, else by the one that is kept as a tag.
 * Registries without such lists refuse in many ways; what is truly wrong with one is told by the request for the tag.
 *
 * @param artifactType only of this type
 */
export async function findReferrers(
  remote: Remote,
  digest: string,
  artifactType?: string,
): Promise<Fields[]> {
  const { repository } = remote.reference;
  const query =
    artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(artifactType)}`;
  const listed = await readPages(remote, `${repository}/referrers/${digest}${query}`).catch(
    () => undefined,
  );
  const found =
    listed ?? (await readPages(remote, `${repository}/manifests/${digest.replace(':', '-')}`));
  return (found ?? []).filter(
    (each) => artifactType === undefined || each.text('artifactType') === artifactType,
  );
}

/** @returns `undefined` when there is no such list */
async function readPages(remote: Remote, first: string): Promise<Fields[] | undefined> {
  const found: Fields[] = [];
  let path: string | undefined = first;
  for (let page = 0; path !== undefined && page < mostPages; page += 1) {
    const answer: OciAnswer = await pull(remote, path, indexType);
    const isIndex = answer.headers.get('content-type')?.startsWith(indexType) ?? false;
    if (answer.status !== 200 || !isIndex) return undefined;
    found.push(...fieldsOf(answer.body).each('manifests'));
    path = nextPage(answer);
  }
  return found;
}

/**
 * What a descriptor names.
 *
 * @throws Error when there is none, or it is not what it is named
 */
export async function readDescribed(
  remote: Remote,
  where: 'manifests' | 'blobs',
  descriptor: Fields,
): Promise<Uint8Array> {
  const digest = descriptor.text('digest') ?? '';
  const { host, repository } = remote.reference;
  const type = descriptor.text('mediaType') ?? '*/*';
  const answer = await pull(remote, `${repository}/${where}/${digest}`, type);
  if (answer.status !== 200) throw new Error(`${host}/${repository}@${digest}: not found`);
  const size = descriptor.count('size');
  if (size !== undefined && answer.body.length !== size) throw new Error('mismatch content size');
  if (digestOf(answer.body) !== digest) throw new Error('mismatch digest');
  return answer.body;
}

export function fieldsOf(data: Uint8Array): Fields {
  const value: unknown = JSON.parse(Buffer.from(data).toString('utf8'));
  return new Fields(isRecord(value) ? value : {});
}
