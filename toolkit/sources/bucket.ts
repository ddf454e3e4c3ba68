/** Bucket: the objects of a bucket as an artifact (spec §1.3, §2.7). */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { inParallel, messageOf } from '../../lib/runtime/mod.ts';
import { matcher, packFolder, readRules } from '../artifacts/mod.ts';
import type { Draft, Kind } from '../runtime/mod.ts';
import { openBucket } from './bucket-access.ts';
import type { BucketStore } from './bucket-store.ts';
import type { SourceDependencies } from './dependencies.ts';
import { fetchFailed, SourceFailure } from './failure.ts';
import { inFolder, sourceKind } from './kind.ts';
import type { SourceWork } from './kind.ts';
import { storing } from './look.ts';
import type { Look } from './look.ts';

const kind = 'Bucket';
const ignoreFile = '.sourceignore';
const parallel = 16;

export const bucketKind = (dependencies: SourceDependencies): Kind =>
  sourceKind(dependencies, {
    name: kind,
    build: (draft, { current, signal }) =>
      inFolder(dependencies, 'bucket-', async (folder) => {
        const remote = await openBucket(dependencies, draft);
        try {
          return await build(dependencies, draft, { current, folder, remote, signal });
        } finally {
          await remote.close();
        }
      }),
  });

interface Work extends SourceWork {
  folder: string;
  remote: BucketStore;
}

async function build(
  { store }: SourceDependencies,
  draft: Draft,
  { current, folder, remote, signal }: Work,
): Promise<Look> {
  const { conditions, spec, status, namespace, name } = draft;
  const bucket = spec.text('bucketName') ?? '';
  const limit = AbortSignal.timeout(spec.durationMs('timeout') ?? 60_000);
  const limited = AbortSignal.any([signal, limit]);
  const index = await attempt(() => indexOf(draft, remote, bucket, limited), signal);
  const isSame =
    current?.revision === revisionOf(index) &&
    isDeepStrictEqual(status['observedIgnore'], spec.value['ignore']);
  if (!isSame) {
    await attempt(() => download(remote, bucket, index, folder, limited), signal);
    const message = `new upstream revision '${revisionOf(index)}'`;
    if (current !== undefined) conditions.markTrue('ArtifactOutdated', 'NewRevision', message);
    draft.conditions.markProgressing(`building artifact: ${message}`);
    await draft.save();
  }
  const revision = revisionOf(index);
  conditions.remove('FetchFailed');
  if (isSame) {
    draft.tell({
      severity: 'trace',
      reason: 'ArtifactUpToDate',
      message: `artifact up-to-date with remote revision: '${revision}'`,
    });
  } else {
    const artifact = await storing('unable to archive artifact to storage', async () =>
      store.put(
        { kind, namespace, name },
        {
          name: `${revision.slice('sha256:'.length)}.tar.gz`,
          data: await packFolder(folder, () => false),
          revision,
        },
      ),
    );
    status['artifact'] = artifact;
    if (spec.value['ignore'] === undefined) delete status['observedIgnore'];
    else status['observedIgnore'] = spec.value['ignore'];
    status['url'] = await store.alias(artifact, 'latest.tar.gz');
  }
  conditions.remove('StorageOperationFailed', 'ArtifactOutdated');
  conditions.markTrue('ArtifactInStorage', 'Succeeded', `stored artifact: revision '${revision}'`);
  const message = `stored artifact with ${index.size} fetched files from '${bucket}' bucket`;
  return { done: 'stored', event: { reason: 'NewArtifact', recovered: 'Succeeded', message } };
}

async function attempt<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (signal.aborted || cause instanceof SourceFailure) throw cause;
    throw fetchFailed('BucketOperationFailed', messageOf(cause), cause);
  }
}

const within = (what: string) => (cause: unknown) => {
  if (cause instanceof SourceFailure) throw cause;
  throw new Error(`${what}: ${messageOf(cause)}`, { cause });
};

/** Keys and what tells one content from another. */
async function indexOf(
  { spec }: Draft,
  remote: BucketStore,
  bucket: string,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const exists = await remote
    .exists(bucket, signal)
    .catch(within(`failed to confirm existence of '${bucket}' bucket`));
  if (!exists) throw new Error(`bucket '${bucket}' not found`);
  const rules = await remote
    .get(bucket, ignoreFile, signal)
    .catch(within(`failed to get Etag for '${ignoreFile}' object`));
  const ignore = spec.value['ignore'];
  const isIgnored = matcher([
    ...readRules(rules?.data.toString('utf8') ?? '', ''),
    ...readRules(typeof ignore === 'string' ? ignore : '', ''),
  ]);
  const objects = await remote
    .list(bucket, spec.text('prefix') ?? '', signal)
    .catch(within(`indexation of objects from bucket '${bucket}' failed`));
  return new Map(
    objects
      .filter(({ key }) => !key.endsWith('/') && key !== ignoreFile && !isIgnored(key, false))
      .map(({ key, etag }) => [key, etag]),
  );
}

/** Corrects the index where objects have changed or gone meanwhile. */
async function download(
  remote: BucketStore,
  bucket: string,
  index: Map<string, string>,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  await inParallel([...index], parallel, async ([key, etag]) => {
    const object = await remote
      .get(bucket, key, signal)
      .catch(within(`fetch from bucket '${bucket}' failed: failed to get '${key}' object`));
    if (object === undefined) {
      index.delete(key);
      return;
    }
    if (object.etag !== etag) index.set(key, object.etag);
    // A key may hold what leads out of a folder.
    const file = path.join(folder, path.posix.join('/', key));
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, object.data, { mode: 0o600 });
  });
}

function revisionOf(index: ReadonlyMap<string, string>): string {
  const lines = [...index]
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([key, etag]) => `${key} ${etag}\n`);
  return `sha256:${createHash('sha256').update(lines.join('')).digest('hex')}`;
}
