/** HelmRepository: the index of a chart repository as an artifact; of a registry, nothing at all (spec §1.2, §2.5). */
import { createHash } from 'node:crypto';
import { httpGet, readChartIndex, writeChartIndex } from '../../lib/helm/fetch/mod.ts';
import { HelmError } from '../../lib/helm/chart/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import type { Artifact } from '../artifacts/mod.ts';
import { Fields } from '../runtime/mod.ts';
import type { Draft, Kind } from '../runtime/mod.ts';
import type { SourceDependencies } from './dependencies.ts';
import { fetchFailed, fetchStalled } from './failure.ts';
import { sourceKind } from './kind.ts';
import type { SourceWork } from './kind.ts';
import { storing } from './look.ts';
import type { Look } from './look.ts';
import { openRepository } from './repository-access.ts';
import type { RepositoryAccess } from './repository-access.ts';

const kind = 'HelmRepository';

export const helmRepositoryKind = (dependencies: SourceDependencies): Kind =>
  sourceKind(dependencies, {
    name: kind,
    // Of a registry there is no index: charts ask it themselves.
    isStatic: (object) => new Fields(object['spec']).text('type') === 'oci',
    build: (draft, work) => build(dependencies, draft, work),
  });

async function build(
  dependencies: SourceDependencies,
  draft: Draft,
  { current, signal }: SourceWork,
): Promise<Look> {
  const { store, limits } = dependencies;
  const { conditions, spec, status, namespace, name } = draft;
  if (spec.text('url')?.startsWith('oci://') === true) {
    throw fetchStalled(
      'URLInvalid',
      "invalid Helm repository URL: 'oci' URL scheme cannot be used with 'default' HelmRepository type",
    );
  }
  const access = await openRepository(dependencies, namespace, spec);
  const data = await fetchIndex(access, limits.index, signal);
  const hex = createHash('sha256').update(data).digest('hex');
  const revision = `sha256:${hex}`;
  if (current?.revision === revision) {
    conditions.remove('FetchFailed');
    settle(draft, revision);
    draft.tell({
      severity: 'trace',
      reason: 'ArtifactUpToDate',
      message: `artifact up-to-date with remote revision: '${revision}'`,
    });
    return { done: 'stored', event: eventOf(current, access) };
  }
  const json = readIndex(data);
  conditions.remove('FetchFailed');
  const message = `new index revision '${revision}'`;
  if (current !== undefined) conditions.markTrue('ArtifactOutdated', 'NewRevision', message);
  draft.conditions.markProgressing(`building artifact: ${message}`);
  await draft.save();

  const artifact = await storing('unable to save artifact to storage', () =>
    store.put(
      { kind, namespace, name },
      { name: `index-${hex}.yaml`, data: Buffer.from(json), revision },
    ),
  );
  status['artifact'] = artifact;
  status['url'] = await store.alias(artifact, 'index.yaml');
  settle(draft, revision);
  return { done: 'stored', event: eventOf(artifact, access) };
}

function settle({ conditions }: Draft, revision: string): void {
  conditions.remove('StorageOperationFailed', 'ArtifactOutdated');
  conditions.markTrue('ArtifactInStorage', 'Succeeded', `stored artifact: revision '${revision}'`);
}

async function fetchIndex(
  { url, credentials, tls, timeoutMs }: RepositoryAccess,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const index = new URL(url);
  index.pathname = `${index.pathname.replace(/\/+$/, '')}/index.yaml`;
  try {
    const { body } = await httpGet(index.href, {
      maxBytes,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      ...(credentials === undefined ? {} : { credentials }),
      ...(tls === undefined ? {} : { tls }),
    });
    return body;
  } catch (cause) {
    throw fetchFailed(
      'Failed',
      `failed to fetch Helm repository index: failed to cache index to temporary file: ${messageOf(cause)}`,
      cause,
    );
  }
}

/** @returns the index in the order and form in which it is kept */
function readIndex(data: Uint8Array): string {
  try {
    return writeChartIndex(
      readChartIndex(Buffer.from(data).toString('utf8'), 'index.yaml'),
      'json',
    );
  } catch (cause) {
    if (!(cause instanceof HelmError)) throw cause;
    throw fetchFailed(
      'IndexationFailed',
      `failed to load Helm repository from index YAML: failed to load index: ${cause.message}`,
      cause,
    );
  }
}

function eventOf(artifact: Artifact, { url }: RepositoryAccess) {
  const size = artifact.size === undefined ? 'unknown size' : `size ${humanSize(artifact.size)}`;
  return {
    reason: 'NewArtifact',
    recovered: 'Succeeded',
    message: `stored fetched index of ${size} from '${url.replace(/\/$/, '')}'`,
  };
}

/** As `github.com/docker/go-units` HumanSize: four digits, powers of 1000. */
export function humanSize(bytes: number): string {
  let size = bytes;
  let unit = 0;
  const units = ['B', 'kB', 'MB', 'GB'];
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${String(Number(size.toPrecision(4)))}${units[unit] ?? ''}`;
}
