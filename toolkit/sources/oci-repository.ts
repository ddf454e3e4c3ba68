/** OCIRepository: one layer of an OCI artifact as an artifact (spec §1.5). */
import { isDeepStrictEqual } from 'node:util';
import { RE2JS, RE2JSSyntaxException } from 're2js';
import { compareVersions, parseVersion } from '../../lib/policy/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { packFolder, sourceFilter, unpackTarball } from '../artifacts/mod.ts';
import { Fields, readConstraint } from '../runtime/mod.ts';
import type { Draft, Kind } from '../runtime/mod.ts';
import type { SourceDependencies } from './dependencies.ts';
import { fetchFailed, SourceFailure } from './failure.ts';
import { ignoreFiles } from './ignore-files.ts';
import { inFolder, sourceKind } from './kind.ts';
import type { SourceWork } from './kind.ts';
import { storing } from './look.ts';
import type { Look } from './look.ts';
import { resolveDigest, listTags, openRemote, readBlob, readManifest } from './oci-remote.ts';
import type { Remote } from './oci-remote.ts';
import { verifyArtifact } from './verification.ts';

const kind = 'OCIRepository';
const chartLayer = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
export const ociRepositoryKind = (dependencies: SourceDependencies): Kind =>
  sourceKind(dependencies, {
    name: kind,
    build: (draft, work) => build(dependencies, draft, work),
  });

async function build(
  dependencies: SourceDependencies,
  draft: Draft,
  { current, signal }: SourceWork,
): Promise<Look> {
  const { store } = dependencies;
  const { conditions, spec, status, namespace, name } = draft;
  const url = spec.text('url') ?? '';
  const limit = AbortSignal.timeout(spec.durationMs('timeout') ?? 60_000);
  const remote = await openRemote(dependencies, draft, AbortSignal.any([signal, limit]));
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
    () => (wanted.startsWith('sha256:') ? Promise.resolve(wanted) : resolveDigest(remote, wanted)),
  );
  const revision = wanted === digest ? digest : `${wanted}@${digest}`;
  const isNew = current?.revision !== revision;
  await verifyArtifact(dependencies, draft, remote, { digest, revision, isNew });
  const isSame =
    !isNew &&
    isDeepStrictEqual(status['observedIgnore'], spec.value['ignore']) &&
    isDeepStrictEqual(status['observedLayerSelector'], spec.value['layerSelector']);
  if (!isSame) {
    if (isNew) {
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
          ...(Object.keys(pulled.annotations).length === 0 ? {} : { metadata: pulled.annotations }),
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

/** A digest goes before a range of versions, and that before a tag. */
async function tagOf(remote: Remote, spec: Fields): Promise<string> {
  const wanted = spec.at('ref');
  const digest = wanted.text('digest');
  if (digest !== undefined) return digest;
  const range = wanted.text('semver');
  if (range === undefined) return wanted.text('tag') ?? 'latest';
  const isChart = spec.at('layerSelector').text('mediaType') === chartLayer;
  const filter = tagFilter(wanted.text('semverFilter'));
  let constraint: ReturnType<typeof readConstraint>;
  try {
    constraint = readConstraint(range);
  } catch (cause) {
    throw new Error(`semver '${range}' parse error: ${messageOf(cause)}`, { cause });
  }
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
    throw new Error(cause.message, { cause });
  }
}

interface Pulled {
  layer: Uint8Array;
  annotations: Record<string, string>;
}

async function pull(remote: Remote, digest: string, selector: Fields): Promise<Pulled> {
  const found = (await readManifest(remote, digest)).fields;
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
  return {
    layer: await readBlob(remote, layer.text('digest') ?? ''),
    annotations: found.textMap('annotations'),
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
