/** OCIRepository: one layer of an OCI artifact as an artifact (spec §1.5). */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { RE2JS, RE2JSSyntaxException } from 're2js';
import { createOciTransport, parseOci } from '../../lib/helm/fetch/mod.ts';
import type { Credentials, OciReference, OciTransport } from '../../lib/helm/fetch/mod.ts';
import { compareVersions, parseConstraint, parseVersion } from '../../lib/policy/mod.ts';
import { isRecord, messageOf } from '../../lib/runtime/mod.ts';
import { packFolder, sourceFilter, unpackTarball } from '../artifacts/mod.ts';
import { Fields } from '../runtime/mod.ts';
import type { Draft, Kind } from '../runtime/mod.ts';
import type { SourceDependencies } from './dependencies.ts';
import { fetchFailed, fetchStalled, SourceFailure } from './failure.ts';
import { ignoreFiles } from './ignore-files.ts';
import { inFolder, sourceKind } from './kind.ts';
import type { SourceWork } from './kind.ts';
import { storing } from './look.ts';
import type { Look } from './look.ts';
import { fromDockerConfig, newTls } from './repository-access.ts';
import { readSecret, textOf } from './secrets.ts';
import { refuseProvider, refuseVerify } from './unsupported.ts';

const kind = 'OCIRepository';
const chartLayer = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
const manifestTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

export const ociRepositoryKind = (dependencies: SourceDependencies): Kind =>
  sourceKind(dependencies, {
    name: kind,
    build: (draft, work) => build(dependencies, draft, work),
  });

/** A repository in a registry, and how to talk with it. */
interface Remote {
  transport: OciTransport;
  reference: OciReference;
}

async function build(
  dependencies: SourceDependencies,
  draft: Draft,
  { current, signal }: SourceWork,
): Promise<Look> {
  const { store } = dependencies;
  const { conditions, spec, status, namespace, name } = draft;
  const url = spec.text('url') ?? '';
  refuseVerify(spec);
  refuseProvider(spec);
  const limit = AbortSignal.timeout(spec.durationMs('timeout') ?? 60_000);
  const remote = await open(dependencies, draft, AbortSignal.any([signal, limit]));
  const wanted = await attempt(
    signal,
    'ReadOperationFailed',
    `failed to determine the artifact tag for '${url}'`,
    () => tagOf(remote, spec),
  );
  const digest = await attempt(
    signal,
    'OCIArtifactPullFailed',
    'failed to determine artifact digest',
    () => (wanted.startsWith('sha256:') ? Promise.resolve(wanted) : digestOf(remote, wanted)),
  );
  const revision = wanted === digest ? digest : `${wanted}@${digest}`;
  const isSame =
    current?.revision === revision &&
    isDeepStrictEqual(status['observedIgnore'], spec.value['ignore']) &&
    isDeepStrictEqual(status['observedLayerSelector'], spec.value['layerSelector']);
  if (!isSame) {
    if (current?.revision !== revision) {
      const { host, repository } = remote.reference;
      const mark = wanted === digest ? '@' : ':';
      const message = `new revision '${revision}' for '${host}/${repository}${mark}${wanted}'`;
      if (current !== undefined) conditions.markTrue('ArtifactOutdated', 'NewRevision', message);
      draft.conditions.markProgressing(`building artifact: ${message}`);
      await draft.save();
    }
    const pulled = await attempt(
      signal,
      'OCIArtifactPullFailed',
      `failed to pull artifact from '${url}'`,
      () => pull(remote, digest, spec.at('layerSelector')),
    );
    const data = await content(dependencies, draft, pulled.layer);
    const artifact = await storing('unable to archive artifact to storage', () =>
      store.put(
        { kind, namespace, name },
        {
          name: `${digest}.tar.gz`,
          data,
          revision,
          ...(pulled.annotations === undefined ? {} : { metadata: pulled.annotations }),
        },
      ),
    );
    status['artifact'] = artifact;
    for (const [field, observed] of [
      ['ignore', 'observedIgnore'],
      ['layerSelector', 'observedLayerSelector'],
    ] as const) {
      if (spec.value[field] === undefined) delete status[observed];
      else status[observed] = spec.value[field];
    }
    status['url'] = await store.alias(artifact, 'latest.tar.gz');
  } else {
    draft.tell({
      severity: 'trace',
      reason: 'ArtifactUpToDate',
      message: `artifact up-to-date with remote revision: '${revision}'`,
    });
  }
  conditions.remove('FetchFailed', 'StorageOperationFailed', 'ArtifactOutdated');
  conditions.markTrue('ArtifactInStorage', 'Succeeded', `stored artifact for digest '${revision}'`);
  const message = `stored artifact with revision '${revision}' from '${url}'${originOf(status)}`;
  return { done: 'stored', event: { reason: 'NewArtifact', recovered: 'Succeeded', message } };
}

function originOf(status: Readonly<Record<string, unknown>>): string {
  const metadata = new Fields(status).at('artifact').at('metadata');
  const source = metadata.text('org.opencontainers.image.source');
  const revision = metadata.text('org.opencontainers.image.revision');
  return source === undefined || revision === undefined
    ? ''
    : `, origin source '${source}', origin revision '${revision}'`;
}

async function attempt<T>(
  signal: AbortSignal,
  reason: string,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (signal.aborted || cause instanceof SourceFailure) throw cause;
    throw fetchFailed(reason, `${what}: ${messageOf(cause)}`, cause);
  }
}

async function open(
  { kube }: SourceDependencies,
  { namespace, spec }: Draft,
  signal: AbortSignal,
): Promise<Remote> {
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
  let credentials: Credentials | undefined;
  if (auth !== undefined) {
    const where = `${namespace}/${spec.at('secretRef').text('name') ?? ''}`;
    const config = textOf(auth, '.dockerconfigjson');
    if (config === '') {
      throw fetchFailed(
        'AuthenticationFailed',
        `failed to get credential: secret '${where}' is no docker-registry Secret`,
      );
    }
    credentials = await fromDockerConfig(config, url, where);
  }
  const tls =
    cert === undefined
      ? undefined
      : newTls(cert, `${namespace}/${spec.at('certSecretRef').text('name') ?? ''}`);
  return {
    reference,
    transport: createOciTransport({
      signal,
      plainHttp: spec.flag('insecure') ?? false,
      ...(credentials === undefined ? {} : { credentials }),
      ...(tls === undefined ? {} : { tls }),
    }),
  };
}

const urlInvalid = (url: string, why: string, cause?: unknown) =>
  fetchStalled('URLInvalid', `URL validation failed for '${url}': ${why}`, cause);

/** A digest goes before a range of versions, and that before a tag. */
async function tagOf(remote: Remote, spec: Fields): Promise<string> {
  const wanted = spec.at('ref');
  const digest = wanted.text('digest');
  if (digest !== undefined) return digest;
  const range = wanted.text('semver');
  if (range === undefined) return wanted.text('tag') ?? 'latest';
  const isChart = spec.at('layerSelector').text('mediaType') === chartLayer;
  const filter = tagFilter(wanted.text('semverFilter'));
  const constraint = parseConstraint(range);
  const versions = (await listTags(remote)).filter(filter).flatMap((tag) => {
    const version = parseVersion(isChart ? tag.replaceAll('_', '+') : tag);
    return version === undefined || !constraint.allows(version) ? [] : [{ tag, version }];
  });
  versions.sort((a, b) => compareVersions(b.version, a.version));
  const [newest] = versions;
  if (newest === undefined) throw new Error(`no match found for semver: ${range}`);
  return newest.tag;
}

function tagFilter(pattern: string | undefined): (tag: string) => boolean {
  if (pattern === undefined) return () => true;
  try {
    const compiled = RE2JS.compile(pattern);
    return (tag) => compiled.matcher(tag).find();
  } catch (cause) {
    if (!(cause instanceof RE2JSSyntaxException)) throw cause;
    throw new Error(`failed to compile regular expression '${pattern}': ${cause.message}`, {
      cause,
    });
  }
}

const mostPages = 1000;

async function listTags({ transport, reference }: Remote): Promise<string[]> {
  const { host, repository } = reference;
  const tags: string[] = [];
  let path: string | undefined = `${repository}/tags/list`;
  for (let page = 0; path !== undefined && page < mostPages; page += 1) {
    const answer = await transport.send({ method: 'GET', host, repository, path, access: 'pull' });
    if (answer.status === 404) throw new Error(`repository ${host}/${repository} not found`);
    tags.push(...new Fields(parsed(answer.body)).texts('tags'));
    const next = /<([^>]+)>;\s*rel="?next/.exec(answer.headers.get('link') ?? '')?.[1];
    path = next?.replace(/^(https?:\/\/[^/]+)?\/v2\//, '');
  }
  return tags;
}

async function manifest({ transport, reference }: Remote, wanted: string) {
  const { host, repository } = reference;
  const answer = await transport.send({
    method: 'GET',
    host,
    repository,
    path: `${repository}/manifests/${wanted}`,
    access: 'pull',
    headers: { accept: manifestTypes },
  });
  if (answer.status === 404) {
    const mark = wanted.startsWith('sha256:') ? '@' : ':';
    throw new Error(`${host}/${repository}${mark}${wanted} not found`);
  }
  return answer.body;
}

const sha256 = (data: Uint8Array) => `sha256:${createHash('sha256').update(data).digest('hex')}`;

const digestOf = async (remote: Remote, tag: string): Promise<string> =>
  sha256(await manifest(remote, tag));

interface Pulled {
  layer: Uint8Array;
  annotations: Record<string, string> | undefined;
}

async function pull(remote: Remote, digest: string, selector: Fields): Promise<Pulled> {
  const body = await manifest(remote, digest);
  if (sha256(body) !== digest) throw new Error(`manifest is not that of ${digest}`);
  const found = new Fields(parsed(body));
  const layers = found.each('layers');
  const mediaType = selector.text('mediaType');
  const layer =
    mediaType === undefined
      ? layers[0]
      : layers.find((each) => each.text('mediaType') === mediaType);
  if (layer === undefined) {
    throw fetchFailed(
      'OCIArtifactLayerOperationFailed',
      mediaType === undefined
        ? 'no layers found in artifact'
        : `failed to find layer with media type '${mediaType}' in artifact`,
    );
  }
  const blob = layer.text('digest') ?? '';
  const { host, repository } = remote.reference;
  const answer = await remote.transport.send({
    method: 'GET',
    host,
    repository,
    path: `${repository}/blobs/${blob}`,
    access: 'pull',
  });
  if (answer.status !== 200 || sha256(answer.body) !== blob)
    throw new Error(`layer ${blob} did not come as it is named`);
  return {
    layer: answer.body,
    annotations: found.has('annotations') ? found.textMap('annotations') : undefined,
  };
}

/** What is stored: the layer as it is, or its files without those that are left out. */
async function content(
  dependencies: SourceDependencies,
  { spec }: Draft,
  layer: Uint8Array,
): Promise<Uint8Array> {
  if (spec.at('layerSelector').text('operation') === 'copy') return layer;
  return inFolder(dependencies, 'oci-', async (folder) => {
    await unpackTarball(layer, folder).catch((cause: unknown) => {
      throw fetchFailed(
        'OCIArtifactLayerOperationFailed',
        `failed to extract layer contents from artifact: ${messageOf(cause)}`,
        cause,
      );
    });
    const ignore = spec.value['ignore'];
    const rules = await ignoreFiles(folder, '');
    return packFolder(folder, sourceFilter(rules, typeof ignore === 'string' ? ignore : undefined));
  });
}

function parsed(body: Uint8Array): Record<string, unknown> {
  const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
  return isRecord(value) ? value : {};
}
