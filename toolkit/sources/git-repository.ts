/** GitRepository: a commit's files as an artifact (spec §1.1, §2.3). */
import { cp, lstat, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { isRecord, messageOf } from '../../lib/runtime/mod.ts';
import { packFolder, readArtifact, sourceFilter, unpackTarball } from '../artifacts/mod.ts';
import type { Artifact } from '../artifacts/mod.ts';
import { Fields } from '../runtime/mod.ts';
import type { Draft, Kind } from '../runtime/mod.ts';
import { sourceVersion } from './dependencies.ts';
import type { SourceDependencies } from './dependencies.ts';
import { fetchFailed, SourceFailure } from './failure.ts';
import { openAccess } from './git-access.ts';
import type { GitAccess } from './git-access.ts';
import { CheckoutError, checkOut, resolveTarget, revisionOf } from './git-checkout.ts';
import { gitProviderLogin } from './git-provider.ts';
import { asksForMore, forgetVerification, verifyGit } from './git-verify.ts';
import { ignoreFiles } from './ignore-files.ts';
import { inFolder, sourceKind } from './kind.ts';
import { artifactChanged, storing } from './look.ts';
import type { Look } from './look.ts';
import { proxyUrl } from './proxy.ts';
import { readSecret } from './secrets.ts';
import type { SecretReader } from './secrets.ts';

const kind = 'GitRepository';

interface Include {
  name: string;
  fromPath: string;
  toPath: string;
}

export function gitRepositoryKind(dependencies: SourceDependencies): Kind {
  const all = dependencies.caches.collection({ apiVersion: sourceVersion, kind });
  return sourceKind(dependencies, {
    name: kind,
    hasUrl: false,
    failing: ['IncludeUnavailable'],
    watches: [
      {
        apiVersion: sourceVersion,
        kind,
        affected: (now, before) =>
          artifactChanged(now, before) && now !== undefined ? includers(all.list(), now) : [],
      },
    ],
    build: (draft, { current }) =>
      inFolder(dependencies, 'git-', (folder) => {
        draft.conditions.remove('StorageOperationFailed');
        return build(dependencies, draft, current, folder);
      }),
  });
}

async function build(
  dependencies: SourceDependencies,
  draft: Draft,
  current: Artifact | undefined,
  folder: string,
): Promise<Look> {
  const { conditions, spec, status } = draft;
  forgetVerification(draft);
  const access = await accessOf(dependencies, draft, path.join(folder, 'access'));
  const includes = readIncludes(spec);
  const included = includedArtifacts(dependencies, draft, includes);
  conditions.remove('IncludeUnavailable');
  const includedBefore = readIncluded(status);
  if (included.length !== includedBefore.length || !sameIncluded(included, includedBefore)) {
    const message = 'included artifacts differ from last observed includes';
    if (status['includedArtifacts'] !== undefined)
      conditions.markTrue('ArtifactOutdated', 'IncludeChange', message);
    draft.conditions.markProgressing(`building artifact: ${message}`);
    await draft.save();
  }
  conditions.remove('ArtifactOutdated');

  const reference = spec.at('ref');
  const target = await checkingOut(() =>
    resolveTarget(
      access,
      {
        branch: reference.text('branch'),
        tag: reference.text('tag'),
        semver: reference.text('semver'),
        name: reference.text('name'),
        commit: reference.text('commit'),
      },
      current !== undefined,
    ),
  );
  if (target === undefined) throw fetchFailed('EmptyGitRepository', 'git repository is empty');
  const wholeRef = reference.has('name') && !reference.has('commit');
  const changed = contentChanged(draft, includes, included) || asksForMore(draft);
  if (current?.revision === revisionOf(target, wholeRef) && !changed) {
    conditions.remove('FetchFailed');
    conditions.markTrue(
      'ArtifactInStorage',
      'Succeeded',
      `stored artifact for revision '${current.revision}'`,
    );
    return {
      done: 'unchanged',
      reason: 'GitOperationSucceeded',
      message: `no changes since last reconciliation: observed revision '${current.revision}'`,
    };
  }
  const source = path.join(folder, 'source');
  const fetched = await checkingOut(() =>
    checkOut(access, target, source, {
      recurseSubmodules: spec.flag('recurseSubmodules') ?? false,
      folders: spec.texts('sparseCheckout'),
    }),
  );
  conditions.remove('FetchFailed');
  await verifyGit(dependencies, draft, { ...fetched, access, source, folder });
  const revision = revisionOf(fetched.target, wholeRef);
  if (current?.revision !== revision) {
    const message = `new upstream revision '${revision}'`;
    if (current !== undefined) conditions.markTrue('ArtifactOutdated', 'NewRevision', message);
    draft.conditions.markProgressing(`building artifact: ${message}`);
    await draft.save();
  }
  await copyIncludes(dependencies, folder, source, includes, included);

  const artifact =
    current?.revision === revision && !changed
      ? current
      : await store(dependencies, draft, source, { revision, hash: fetched.target.hash });
  status['artifact'] = artifact;
  observe(draft, includes, included);
  conditions.remove('StorageOperationFailed', 'ArtifactOutdated');
  conditions.markTrue(
    'ArtifactInStorage',
    'Succeeded',
    `stored artifact for revision '${revision}'`,
  );
  const message = `stored artifact for commit '${shortened(fetched.subject)}'`;
  return { done: 'stored', event: { reason: 'NewArtifact', recovered: 'Succeeded', message } };
}

/** @throws SourceFailure `GitOperationFailed` */
async function checkingOut<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof CheckoutError)) throw thrown;
    throw fetchFailed(
      thrown.reason,
      `failed to checkout and determine revision: ${thrown.message}`,
      thrown,
    );
  }
}

export interface GitDependencies extends Pick<
  SourceDependencies,
  'env' | 'cloud' | 'identities' | 'gitLogins'
> {
  kube: SecretReader;
}

/**
 * How the server of a GitRepository is reached.
 *
 * @throws SourceFailure `URLInvalid`, `AuthenticationFailed`, `InvalidProviderConfiguration`, `FeatureGateDisabled`
 */
export async function accessOf(
  { kube, env, cloud, identities, gitLogins }: GitDependencies,
  { namespace, spec }: Pick<Draft, 'namespace' | 'spec'>,
  folder: string,
): Promise<GitAccess> {
  const url = spec.text('url') ?? '';
  try {
    new URL(url);
  } catch (cause) {
    throw new SourceFailure(
      'FetchFailed',
      'URLInvalid',
      'stall',
      `failed to parse url '${url}': ${messageOf(cause)}`,
      { cause },
    );
  }
  const proxyName = spec.at('proxySecretRef').text('name');
  const proxy =
    proxyName === undefined
      ? undefined
      : proxyUrl(await readSecret(kube, namespace, proxyName, 'failed to configure proxy options'));
  const secretName = spec.at('secretRef').text('name');
  const secret =
    secretName === undefined
      ? undefined
      : await readSecret(
          kube,
          namespace,
          secretName,
          `failed to get secret '${namespace}/${secretName}'`,
        );
  const where = `${namespace}/${secretName ?? ''}`;
  const login = await gitProviderLogin({
    cloud,
    identities,
    namespace,
    gitLogins,
    spec,
    secret,
    where,
    proxy,
  });
  return openAccess({
    url,
    secret,
    login,
    proxy,
    folder,
    env,
    timeoutMs: spec.durationMs('timeout') ?? 60_000,
  });
}

async function store(
  { store: artifacts }: SourceDependencies,
  { namespace, name, spec }: Draft,
  source: string,
  { revision, hash }: { revision: string; hash: string },
): Promise<Artifact> {
  const ignore = spec.value['ignore'];
  const ignored = sourceFilter(
    await ignoreFiles(source, ''),
    typeof ignore === 'string' ? ignore : undefined,
  );
  return storing('unable to archive artifact to storage', async () =>
    artifacts.put(
      { kind, namespace, name },
      { name: `${hash}.tar.gz`, data: await packFolder(source, ignored), revision },
    ),
  );
}

function readIncludes(spec: Fields): Include[] {
  return spec.each('include').map((include) => {
    const name = include.at('repository').text('name') ?? '';
    return {
      name,
      fromPath: include.text('fromPath') ?? '',
      toPath: include.text('toPath') ?? name,
    };
  });
}

/** @throws SourceFailure `NotFound`, `NoArtifact`: waited for */
function includedArtifacts(
  { caches, dependencyMs }: SourceDependencies,
  { namespace }: Draft,
  includes: readonly Include[],
): Artifact[] {
  const all = caches.collection({ apiVersion: sourceVersion, kind });
  const missing = (reason: string, message: string) =>
    new SourceFailure('IncludeUnavailable', reason, 'wait', message, {
      retryAfterMs: dependencyMs,
    });
  return includes.map(({ name }) => {
    const other = all.get(`${namespace}/${name}`);
    if (other === undefined) {
      throw missing(
        'NotFound',
        `could not get resource for include '${name}': GitRepository.source.toolkit.fluxcd.io "${name}" not found`,
      );
    }
    const artifact = readArtifact(new Fields(other['status']).value['artifact']);
    if (artifact === undefined)
      throw missing('NoArtifact', `no artifact available for include '${name}'`);
    return artifact;
  });
}

async function copyIncludes(
  { store: artifacts }: SourceDependencies,
  folder: string,
  source: string,
  includes: readonly Include[],
  included: readonly Artifact[],
): Promise<void> {
  for (const [at, { name, fromPath, toPath }] of includes.entries()) {
    const artifact = included[at];
    if (artifact === undefined) continue;
    await refuseLinks(source, toPath);
    try {
      const data = await artifacts.read(artifact);
      if (data === undefined) throw new Error(`artifact ${artifact.path} is gone`);
      const unpacked = path.join(folder, `include-${at}`);
      await mkdir(unpacked);
      await unpackTarball(data, unpacked);
      await cp(within(unpacked, fromPath), within(source, toPath), { recursive: true });
    } catch (cause) {
      throw new SourceFailure(
        'StorageOperationFailed',
        'CopyFailure',
        'retry',
        `failed to copy '${name}' include from ${fromPath} to ${toPath}: ${messageOf(cause)}`,
        { cause },
      );
    }
  }
}

/** A path below a folder; `..` stops at the folder. */
const within = (folder: string, below: string) => path.join(folder, path.posix.join('/', below));

/** The checkout may hold links; nothing is to be written through them. */
async function refuseLinks(source: string, below: string): Promise<void> {
  let at = source;
  for (const part of path.posix.join('/', below).split('/').filter(Boolean)) {
    at = path.join(at, part);
    const info = await lstat(at).catch((thrown: unknown) => {
      if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
      throw thrown;
    });
    if (info?.isSymbolicLink() === true) {
      throw new SourceFailure(
        'StorageOperationFailed',
        'IllegalPath',
        'retry',
        `path calculation for include failed: ${below} leads through a symbolic link`,
      );
    }
  }
}

function contentChanged(
  { spec, status }: Draft,
  includes: readonly Include[],
  included: readonly Artifact[],
): boolean {
  const observed = (key: string, empty: unknown) => status[key] ?? empty;
  const ignore = spec.value['ignore'];
  return !(
    isDeepStrictEqual(observed('observedIgnore', undefined), ignore) &&
    observed('observedRecurseSubmodules', false) === (spec.flag('recurseSubmodules') ?? false) &&
    isDeepStrictEqual(observed('observedSparseCheckout', []), spec.texts('sparseCheckout')) &&
    isDeepStrictEqual(
      readIncludes(new Fields({ include: observed('observedInclude', []) })),
      includes,
    ) &&
    sameIncluded(included, readIncluded(status))
  );
}

function observe(
  { spec, status }: Draft,
  includes: readonly Include[],
  included: readonly Artifact[],
): void {
  const set = (key: string, value: unknown, isEmpty: boolean) => {
    if (isEmpty) delete status[key];
    else status[key] = value;
  };
  set('observedIgnore', spec.value['ignore'], spec.value['ignore'] === undefined);
  set('observedRecurseSubmodules', true, spec.flag('recurseSubmodules') !== true);
  set('observedSparseCheckout', spec.value['sparseCheckout'], !spec.has('sparseCheckout'));
  set('observedInclude', spec.value['include'], includes.length === 0);
  set('includedArtifacts', included, included.length === 0);
}

const readIncluded = (status: Record<string, unknown>): Artifact[] =>
  new Fields(status).list('includedArtifacts').flatMap((each) => readArtifact(each) ?? []);

const sameIncluded = (a: readonly Artifact[], b: readonly Artifact[]) =>
  isDeepStrictEqual(a.map(key), b.map(key));

const key = ({ revision, digest }: Artifact) => [revision, digest];

function* includers(all: readonly KubeObject[], now: KubeObject): Iterable<string> {
  for (const { metadata, spec } of all) {
    if (metadata.namespace !== now.metadata.namespace || !isRecord(spec)) continue;
    if (readIncludes(new Fields(spec)).some(({ name }) => name === now.metadata.name))
      yield `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;
  }
}

function shortened(subject: string): string {
  const characters = [...subject];
  return characters.length > 50 ? `${characters.slice(0, 50).join('')}...` : subject;
}
