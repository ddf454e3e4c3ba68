/** The registry of an OCIRepository: how it is reached, and what is in it (spec §1.5, §2.4). */
import { createOciTransport, parseOci } from '../../lib/helm/fetch/mod.ts';
import type {
  Credentials,
  OciAnswer,
  OciReference,
  OciTransport,
} from '../../lib/helm/fetch/mod.ts';
import { keychainFromDockerConfig } from '../../lib/registry/mod.ts';
import { isRecord, messageOf } from '../../lib/runtime/mod.ts';
import { digestOf } from '../artifacts/mod.ts';
import { Fields, pullSecretsOf } from '../runtime/mod.ts';
import type { Draft } from '../runtime/mod.ts';
import { identityOf, providerLogin } from './cloud-login.ts';
import type { SourceDependencies } from './dependencies.ts';
import { fetchFailed, fetchStalled } from './failure.ts';
import { proxyUrl } from './proxy.ts';
import { fromDockerConfig, newTls } from './repository-access.ts';
import { readSecret, textOf } from './secrets.ts';
import type { Secret } from './secrets.ts';

const manifestTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

const indexTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

/** A repository in a registry, and how to talk with it. */
export interface Remote {
  transport: OciTransport;
  reference: OciReference;
}

export interface Manifest {
  digest: string;
  fields: Fields;
}

/**
 * How the registry of an OCIRepository is reached.
 *
 * @throws SourceFailure `URLInvalid`, `AuthenticationFailed`, `FeatureGateDisabled`
 */
export async function openRemote(
  dependencies: SourceDependencies,
  { namespace, spec }: Pick<Draft, 'namespace' | 'spec'>,
  signal: AbortSignal,
): Promise<Remote> {
  const { kube } = dependencies;
  const url = spec.text('url') ?? '';
  let reference: OciReference;
  try {
    reference = parseOci(url);
  } catch (cause) {
    throw urlInvalid(url, messageOf(cause), cause);
  }
  if (reference.tag !== '' || reference.digest !== '')
    throw urlInvalid(
      url,
      `invalid OCI repository URL: ${url}: it must not contain a tag or digest`,
    );
  const secretOf = async (field: string, failure: string) => {
    const name = spec.at(field).text('name');
    return name === undefined
      ? undefined
      : await readSecret(kube, namespace, name, `${failure} '${namespace}/${name}'`);
  };
  const auth = await secretOf('secretRef', 'failed to get credential: failed to get secret');
  const cert = await secretOf(
    'certSecretRef',
    'failed to generate transport: failed to get secret',
  );
  const proxy = await secretOf(
    'proxySecretRef',
    'failed to configure proxy options: failed to get secret',
  );
  const insecure = spec.flag('insecure') ?? false;
  const proxied = proxy && proxyUrl(proxy);
  const asked = { namespace, spec, url, auth, proxy: proxied };
  const credentials = await credentialsOf(dependencies, asked);
  const tls =
    cert === undefined
      ? undefined
      : newTls(cert, `${namespace}/${spec.at('certSecretRef').text('name') ?? ''}`);
  return {
    reference,
    transport: createOciTransport({
      signal,
      plainHttp: insecure,
      ...(credentials === undefined ? {} : { credentials }),
      ...(tls === undefined ? {} : { tls }),
      ...(proxied === undefined ? {} : { proxy: proxied }),
    }),
  };
}

interface Asked extends Pick<Draft, 'namespace' | 'spec'> {
  url: string;
  auth: Secret | undefined;
  proxy: string | undefined;
}

/** Of `secretRef`, else of the service account's pull secrets, else of the cloud that `provider` names. */
async function credentialsOf(
  dependencies: SourceDependencies,
  { namespace, spec, url, auth, proxy }: Asked,
): Promise<Credentials | undefined> {
  if (auth !== undefined) {
    const where = `${namespace}/${spec.at('secretRef').text('name') ?? ''}`;
    const config = textOf(auth, '.dockerconfigjson');
    if (config !== '') return fromDockerConfig(config, url, where);
    throw fetchFailed(
      'AuthenticationFailed',
      `failed to get credential: secret '${where}' is no docker-registry Secret`,
    );
  }
  const account = spec.text('serviceAccountName');
  const provider = spec.text('provider') ?? 'generic';
  if (account !== undefined) {
    const pull = await pullCredentials(dependencies.kube, namespace, account, parseOci(url).host);
    if (pull !== undefined) return pull;
  }
  if (provider === 'generic') return undefined;
  const as = identityOf(dependencies, { namespace, spec }, proxy, 'artifact registry');
  const insecure = spec.flag('insecure') ?? false;
  return providerLogin(dependencies, { provider, url, insecure, as });
}

async function pullCredentials(
  kube: SourceDependencies['kube'],
  namespace: string,
  account: string,
  host: string,
): Promise<Credentials | undefined> {
  const failed = (why: string, cause?: unknown) =>
    fetchFailed('AuthenticationFailed', `failed to get credential: ${why}`, cause);
  const names = await pullSecretsOf(kube, namespace, account).catch((cause: unknown) => {
    throw failed(messageOf(cause), cause);
  });
  for (const name of names) {
    const secret = await readSecret(kube, namespace, name, 'failed to get credential');
    const config = textOf(secret, '.dockerconfigjson');
    const where = `${namespace}/${name}`;
    const own = config === '' ? undefined : await keychainFromDockerConfig(config, where)(host);
    if (own !== undefined) return { username: own.username, password: own.password };
  }
  return undefined;
}

const urlInvalid = (url: string, why: string, cause?: unknown) =>
  fetchStalled('URLInvalid', `URL validation failed for '${url}': ${why}`, cause);

/** @param path below `/v2/`, with the repository */
export const pull = (
  { transport, reference: { host, repository } }: Remote,
  path: string,
  accept?: string,
): Promise<OciAnswer> =>
  transport.send({
    method: 'GET',
    host,
    repository,
    path,
    access: 'pull',
    ...(accept === undefined ? {} : { headers: { accept } }),
  });

/** Where a list goes on. */
export const nextPage = ({ headers }: OciAnswer): string | undefined =>
  /<([^>]+)>;\s*rel="?next/
    .exec(headers.get('link') ?? '')?.[1]
    ?.replace(/^(https?:\/\/[^/]+)?\/v2\//, '');

const mostPages = 1000;

export async function listTags(remote: Remote): Promise<string[]> {
  const { host, repository } = remote.reference;
  const tags: string[] = [];
  let path: string | undefined = `${repository}/tags/list`;
  for (let page = 0; path !== undefined && page < mostPages; page += 1) {
    const answer: OciAnswer = await pull(remote, path);
    if (answer.status === 404) throw new Error(`repository ${host}/${repository} not found`);
    tags.push(...new Fields(parsed(answer.body)).texts('tags'));
    path = nextPage(answer);
  }
  return tags;
}

/**
 * @param wanted a tag or a digest
 * @returns `undefined` when there is none
 */
export async function findManifest(remote: Remote, wanted: string): Promise<Manifest | undefined> {
  const path = `${remote.reference.repository}/manifests/${wanted}`;
  const answer = await pull(remote, path, manifestTypes);
  if (answer.status === 404) return undefined;
  const digest = digestOf(answer.body);
  if (wanted.startsWith('sha256:') && wanted !== digest)
    throw new Error(`manifest is not that of ${wanted}`);
  return { digest, fields: new Fields(parsed(answer.body)) };
}

/** What a digest stands for, also when it is an index. @throws Error when it is not there, or another */
export async function describeManifest(
  remote: Remote,
  digest: string,
): Promise<{ mediaType: string; digest: string; size: number }> {
  const { host, repository } = remote.reference;
  const types = `${manifestTypes}, ${indexTypes}`;
  const answer = await pull(remote, `${repository}/manifests/${digest}`, types);
  if (answer.status !== 200 || digestOf(answer.body) !== digest)
    throw new Error(`${host}/${repository}@${digest}: not found`);
  const [mediaType = ''] = (answer.headers.get('content-type') ?? '').split(';');
  return { mediaType, digest, size: answer.body.length };
}

/** @throws Error `… not found` */
export async function readManifest(remote: Remote, wanted: string): Promise<Manifest> {
  const found = await findManifest(remote, wanted);
  if (found !== undefined) return found;
  const { host, repository } = remote.reference;
  const mark = wanted.startsWith('sha256:') ? '@' : ':';
  throw new Error(`${host}/${repository}${mark}${wanted} not found`);
}

/** @throws Error when what comes is not what the digest names */
export async function readBlob(remote: Remote, digest: string): Promise<Uint8Array> {
  const answer = await pull(remote, `${remote.reference.repository}/blobs/${digest}`);
  if (answer.status !== 200 || digestOf(answer.body) !== digest)
    throw new Error(`layer ${digest} did not come as it is named`);
  return answer.body;
}

export const resolveDigest = async (remote: Remote, tag: string): Promise<string> =>
  (await readManifest(remote, tag)).digest;

function parsed(body: Uint8Array): Record<string, unknown> {
  const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
  return isRecord(value) ? value : {};
}
