/** HelmChart: one version of a chart as an artifact, pulled or built (spec §1.4, §2.8). */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { httpGet, readChartIndex, writeChartIndex } from '../../lib/helm/fetch/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { readArtifact, unpackTarball } from '../artifacts/mod.ts';
import type { Artifact } from '../artifacts/mod.ts';
import { Fields } from '../runtime/mod.ts';
import type { Collection, Draft, Kind } from '../runtime/mod.ts';
import { BuildError, effectiveValuesFiles, summaryOf } from './chart-build.ts';
import type { ChartBuild, ChartBuildOptions } from './chart-build.ts';
import { buildLocal } from './chart-local.ts';
import { buildRemote, inIndex, inRegistry } from './chart-remote.ts';
import type { FindChart } from './chart-remote.ts';
import { sourceVersion } from './dependencies.ts';
import type { SourceDependencies } from './dependencies.ts';
import { fetchFailed, fetchStalled, safeMessage, SourceFailure } from './failure.ts';
import { inFolder, sourceKind } from './kind.ts';
import type { SourceWork } from './kind.ts';
import { artifactChanged, storing } from './look.ts';
import type { Look } from './look.ts';
import { normalUrl, openRepository } from './repository-access.ts';
import { createIndexCache, readSlimIndex } from './slim-index.ts';
import type { IndexCache } from './slim-index.ts';
import { openVerification } from './verification.ts';
import type { CheckSignature } from './verification.ts';

const kind = 'HelmChart';
const sourceKinds = ['HelmRepository', 'GitRepository', 'Bucket'] as const;
type SourceKind = (typeof sourceKinds)[number];

interface Sources {
  indexes: IndexCache;
  of: Readonly<Record<SourceKind, Collection>>;
}

export function helmChartKind(dependencies: SourceDependencies): Kind {
  const { caches } = dependencies;
  const all = caches.collection({ apiVersion: sourceVersion, kind });
  const collection = (of: SourceKind) => caches.collection({ apiVersion: sourceVersion, kind: of });
  const sources: Sources = {
    indexes: createIndexCache(dependencies.store),
    of: {
      HelmRepository: collection('HelmRepository'),
      GitRepository: collection('GitRepository'),
      Bucket: collection('Bucket'),
    },
  };
  return sourceKind(dependencies, {
    name: kind,
    failing: ['BuildFailed'],
    watches: sourceKinds.map((of) => ({
      apiVersion: sourceVersion,
      kind: of,
      affected: (now, before) => {
        if (now === undefined) return [];
        const isOci = new Fields(now['spec']).text('type') === 'oci';
        const moved = artifactChanged(now, before) || (isOci && isOtherSpec(now, before));
        return moved ? chartsOf(all.list(), of, now) : [];
      },
    })),
    build: (draft, work) => look(dependencies, sources, draft, work),
  });
}

async function look(
  dependencies: SourceDependencies,
  sources: Sources,
  draft: Draft,
  work: SourceWork,
): Promise<Look> {
  const { conditions, spec, status } = draft;
  if (!spec.has('verify')) conditions.remove('SourceVerified');
  const reference = spec.at('sourceRef');
  const source = sourceOf(sources, draft);
  const isOci = new Fields(source['spec']).text('type') === 'oci';
  const artifact = readArtifact(new Fields(source['status']).value['artifact']);
  const isThere =
    artifact !== undefined && (await dependencies.store.check(artifact)) !== 'missing';
  if (!isThere && !isOci) {
    const message = `no artifact available for ${reference.text('kind') ?? ''} source '${reference.text('name') ?? ''}'`;
    conditions.markTrue('FetchFailed', 'NoSourceArtifact', message);
    draft.tell({ severity: 'trace', reason: 'NoSourceArtifact', message });
    return { done: 'again' };
  }
  if (artifact === undefined) delete status['observedSourceArtifactRevision'];
  else status['observedSourceArtifactRevision'] = artifact.revision;
  let build: ChartBuild;
  try {
    build =
      isOci || reference.text('kind') === 'HelmRepository'
        ? await fromRepository(dependencies, sources, draft, source, artifact, work)
        : await fromFiles(dependencies, sources, draft, artifact, work);
  } catch (cause) {
    if (!(cause instanceof BuildError)) throw cause;
    throw asFailure(cause, draft);
  }
  conditions.remove('FetchFailed', 'BuildFailed');
  if (build.verdict === 'verified') {
    const message = `verified signature of version ${build.version}`;
    conditions.markTrue('SourceVerified', 'Succeeded', message);
  }
  return keep(dependencies, draft, build, work.current);
}

/** Stores what was built, unless the stored chart is it already. */
async function keep(
  { store }: SourceDependencies,
  draft: Draft,
  build: ChartBuild,
  current: Artifact | undefined,
): Promise<Look> {
  const { conditions, spec, status, namespace, name } = draft;
  const reason = build.packaged ? 'ChartPackageSucceeded' : 'ChartPullSucceeded';
  const message = summaryOf(build);
  const { archive } = build;
  if (archive !== undefined) {
    const isOther =
      status['observedChartName'] !== build.name || current?.revision !== build.version;
    if (isOther) {
      const news = `new '${build.name}' chart with version '${build.version}'`;
      if (current !== undefined) conditions.markTrue('ArtifactOutdated', 'NewChart', news);
      draft.conditions.markProgressing(`building artifact: ${news}`);
      draft.showProgress();
    }
    const artifact = await storing('unable to copy Helm chart to storage', () =>
      store.put(
        { kind, namespace, name },
        { name: `${build.name}-${build.version}.tgz`, data: archive, revision: build.version },
      ),
    );
    status['artifact'] = artifact;
    status['observedChartName'] = build.name;
    if (spec.flag('ignoreMissingValuesFiles') === true && build.valuesFiles.length > 0)
      status['observedValuesFiles'] = build.valuesFiles;
    else delete status['observedValuesFiles'];
    status['url'] = await store.alias(artifact, 'latest.tar.gz');
  } else {
    draft.tell({
      severity: 'trace',
      reason: 'ArtifactUpToDate',
      message: `artifact up-to-date with remote revision: '${build.version}'`,
    });
  }
  conditions.remove('StorageOperationFailed', 'ArtifactOutdated');
  conditions.markTrue('ArtifactInStorage', reason, message);
  return { done: 'stored', event: { reason, recovered: reason, message } };
}

async function fromRepository(
  dependencies: SourceDependencies,
  { indexes }: Sources,
  draft: Draft,
  source: KubeObject,
  artifact: Artifact | undefined,
  { current, signal }: SourceWork,
): Promise<ChartBuild> {
  const { spec, namespace } = draft;
  const { limits } = dependencies;
  const access = await openRepository(dependencies, namespace, new Fields(source['spec']));
  const isOci = new Fields(source['spec']).text('type') === 'oci';
  if (isOci && !access.url.startsWith('oci://')) {
    throw fetchStalled('URLInvalid', `invalid OCI registry URL: ${access.url}`);
  }
  let find: FindChart;
  if (isOci) find = inRegistry(access, signal);
  else {
    const index = artifact === undefined ? undefined : await indexes.get(artifact);
    if (index === undefined)
      throw fetchFailed('NoSourceArtifact', 'the index of the repository is gone from the storage');
    find = inIndex(index, access, limits.chart, signal);
  }
  const checking = () => (isOci ? checkOf(dependencies, draft) : uncheckable);
  const check = spec.has('verify') ? await checking() : undefined;
  const hasValues = effectiveValuesFiles(spec.texts('valuesFiles')).length > 0;
  return buildRemote(find, spec.text('chart') ?? '', spec.text('version') ?? '', {
    ...buildOptions(draft, current),
    versionMetadata: hasValues ? String(draft.generation) : '',
    ...(check === undefined ? {} : { check }),
  });
}

/** Charts of an index have no signatures: whoever asks for one is told so when the chart is found, whatever the keys are. */
const uncheckable: CheckSignature = () => Promise.reject(new Error('not implemented'));

/** @throws SourceFailure `VerificationError` */
async function checkOf(
  dependencies: SourceDependencies,
  { namespace, name, spec }: Draft,
): Promise<CheckSignature> {
  const verify = spec.at('verify');
  const wanted = { namespace, verify, subject: name };
  const { keys, check, failed } = await openVerification(dependencies, wanted);
  const secret = `${namespace}/${verify.at('secretRef').text('name') ?? ''}`;
  if (keys === 0) throw failed(`no public keys found in secret '${secret}'`);
  if (keys !== undefined) return check;
  return async (remote, digest) => {
    const { host, repository, tag } = remote.reference;
    return check(remote, digest).catch((cause: unknown) => {
      const chart = `oci://${host}/${repository}:${tag}`;
      throw new Error(`failed to verify ${chart}: ${messageOf(cause)}`, { cause });
    });
  };
}

async function fromFiles(
  dependencies: SourceDependencies,
  sources: Sources,
  draft: Draft,
  artifact: Artifact | undefined,
  { current, signal }: SourceWork,
): Promise<ChartBuild> {
  // The original passes over it; a signature that somebody asks for is never passed over here.
  if (draft.spec.has('verify'))
    throw new BuildError('ChartVerificationError', new Error('not implemented'));
  const { store, limits } = dependencies;
  const { spec } = draft;
  const data = artifact === undefined ? undefined : await store.read(artifact);
  if (artifact === undefined || data === undefined)
    throw fetchFailed('ReadOperationFailed', 'failed to open source artifact: it is gone');
  const byRevision =
    spec.text('reconcileStrategy') === 'Revision'
      ? (artifact.revision.split(/[:/]/).at(-1) ?? '').slice(0, 12)
      : '';
  const hasValues = effectiveValuesFiles(spec.texts('valuesFiles')).length > 0;
  const metadata = [byRevision, hasValues ? String(draft.generation) : ''];
  const build = await inFolder(dependencies, 'chart-', async (folder) => {
    await unpackTarball(data, folder);
    return buildLocal(
      {
        folder,
        chart: spec.text('chart') ?? '',
        repository: (url) =>
          dependencyRepository(dependencies, sources, draft.namespace, url, signal),
      },
      {
        ...buildOptions(draft, current),
        versionMetadata: metadata.filter((part) => part !== '').join('.'),
      },
    );
  });
  if (build.archive !== undefined && build.archive.byteLength > limits.chart) {
    throw new BuildError(
      'ChartPackageError',
      new Error(`size of chart '${build.name}' exceeds ${limits.chart} bytes limit`),
    );
  }
  if (build.resolved > 0) {
    draft.tell({
      severity: 'trace',
      reason: 'ResolvedDependencies',
      message: `resolved ${build.resolved} chart dependencies`,
    });
  }
  return build;
}

function buildOptions(
  { spec, status, generation }: Draft,
  current: Artifact | undefined,
): Omit<ChartBuildOptions, 'versionMetadata'> {
  const storedName = status['observedChartName'];
  const isSameSpec = status['observedGeneration'] === generation;
  const observed = new Fields(status);
  return {
    valuesFiles: valuesFilesOf(spec),
    ignoreMissingValuesFiles: spec.flag('ignoreMissingValuesFiles') ?? false,
    stored:
      current === undefined || !isSameSpec || typeof storedName !== 'string'
        ? undefined
        : {
            name: storedName,
            version: current.revision,
            valuesFiles: observed.has('observedValuesFiles')
              ? observed.texts('observedValuesFiles')
              : undefined,
          },
  };
}

/** The single file of the beta versions goes before the list. */
function valuesFilesOf(spec: Fields): string[] {
  const first = spec.text('valuesFile');
  return [...(first === undefined ? [] : [first]), ...spec.texts('valuesFiles')];
}

/** A repository that a dependency names: one of the namespace's own with the same URL, or else without credentials. */
async function dependencyRepository(
  dependencies: Pick<SourceDependencies, 'kube' | 'registryCredentials' | 'limits'>,
  { indexes, of }: Sources,
  namespace: string,
  url: string,
  signal: AbortSignal,
): Promise<FindChart> {
  const { limits } = dependencies;
  const wanted = normalUrl(url);
  const own = of.HelmRepository.list().find(({ metadata, spec }) => {
    const text = new Fields(spec).text('url');
    return metadata.namespace === namespace && text !== undefined && normalUrl(text) === wanted;
  });
  const access = await openRepository(
    dependencies,
    namespace,
    new Fields(own?.['spec'] ?? { url }),
  );
  if (access.url.startsWith('oci://')) return inRegistry(access, signal);
  const artifact = readArtifact(new Fields(own?.['status']).value['artifact']);
  const known = artifact === undefined ? undefined : await indexes.get(artifact);
  if (known !== undefined) return inIndex(known, access, limits.chart, signal);
  const { credentials, tls } = access;
  const { body } = await httpGet(new URL('index.yaml', access.url).href, {
    maxBytes: limits.index,
    signal: AbortSignal.any([signal, AbortSignal.timeout(access.timeoutMs)]),
    ...(credentials === undefined ? {} : { credentials }),
    ...(tls === undefined ? {} : { tls }),
  });
  const index = readChartIndex(Buffer.from(body).toString('utf8'), access.url);
  return inIndex(
    readSlimIndex(Buffer.from(writeChartIndex(index, 'json'))),
    access,
    limits.chart,
    signal,
  );
}

function sourceOf({ of }: Sources, { namespace, spec }: Draft): KubeObject {
  const reference = spec.at('sourceRef');
  const [wanted, name] = [reference.text('kind') ?? '', reference.text('name') ?? ''];
  const known = sourceKinds.find((each) => each === wanted);
  if (known === undefined) {
    throw new SourceFailure(
      'FetchFailed',
      'UnsupportedSourceKind',
      'stall',
      `failed to get source: unsupported source kind '${wanted}', must be one of: [${sourceKinds.join(' ')}]`,
    );
  }
  const found = of[known].get(`${namespace}/${name}`);
  if (found !== undefined) return found;
  throw fetchFailed(
    'SourceUnavailable',
    `failed to get source: ${known}.source.toolkit.fluxcd.io "${name}" not found`,
  );
}

/** A failure to log in is told apart from all others by its words, as in the original. */
function asFailure(error: BuildError, { conditions }: Draft): SourceFailure {
  const message = safeMessage(error);
  const isDenied = [
    '401',
    'unauthorized',
    'authentication required',
    'tls',
    'unknown certificate authority',
  ].some((word) => message.includes(word));
  if (isDenied && error.condition === 'FetchFailed') {
    return fetchFailed(
      'AuthenticationFailed',
      `failed to authenticate with the Helm repository: ${message}`,
      error,
    );
  }
  conditions.remove(error.condition === 'FetchFailed' ? 'BuildFailed' : 'FetchFailed');
  if (error.reason === 'ChartVerificationError')
    conditions.markFalse('SourceVerified', 'VerificationError', message);
  return new SourceFailure(error.condition, error.reason, error.next, message, { cause: error });
}

function* chartsOf(
  all: readonly KubeObject[],
  of: SourceKind,
  source: KubeObject,
): Iterable<string> {
  for (const { metadata, spec } of all) {
    const reference = new Fields(spec).at('sourceRef');
    if (metadata.namespace !== source.metadata.namespace) continue;
    if (reference.text('kind') !== of || reference.text('name') !== source.metadata.name) continue;
    yield `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;
  }
}

const isOtherSpec = (now: KubeObject, before: KubeObject | undefined) =>
  now.metadata.generation !== before?.metadata.generation;
