/** Brings the cluster to what the set says: server-side apply in waves, only what differs (spec flux-v1 §3.5). */
import type { KubeClient } from '../../lib/kube/mod.ts';
import { KubeError } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { inParallel, messageOf } from '../../lib/runtime/mod.ts';
import type { Clock, Logger } from '../../lib/runtime/mod.ts';
import { checksumOf } from './checksum.ts';
import { applyClientSide, refusedByServerSide } from './client-side.ts';
import { liveOf } from './live.ts';
import type { Live } from './live.ts';
import { checksumAnnotation, markOf } from '../../lib/wire/mod.ts';
import { ignoreOf, marked, rankOf } from './mark.ts';
import { takeOverFields } from './ownership.ts';
import type { SyncObject } from './scope.ts';

export interface ResourceError {
  id: string;
  /** The file. */
  path: string;
  error: string;
}

/** What we last saw of an object right after applying it, by ID. Lost at a restart: everything is then applied once. */
export type Remembered = Map<string, string>;

export interface ApplyOptions {
  kube: KubeClient;
  clock: Clock;
  log: Logger;
  setName: string;
  allowedNamespaces: readonly string[];
  remembered: Remembered;
  signal: AbortSignal;
}

const fieldManager = 'flux';
const atOnce = 16;
/** How long a kind may take to be served after its CustomResourceDefinition was applied; all its objects share it. */
const establishMs = 15_000;

export async function applySet(
  objects: Iterable<SyncObject>,
  live: Live,
  options: ApplyOptions,
): Promise<{ applied: number; errors: ResourceError[] }> {
  const { log, remembered } = options;
  const errors: ResourceError[] = [];
  const waves = new Map<number, SyncObject[]>();
  const deadlines = new Map<string, number>();
  for (const one of objects) {
    const reason = leftAlone(one, liveOf(live, one.id, one.object), options.allowedNamespaces);
    if (reason !== undefined) {
      log.log({
        method: 'Sync',
        warning: `not applying resource${reason}`,
        resource: one.id,
        source: one.source,
      });
      continue;
    }
    const rank = rankOf(one.object.kind);
    const wave = waves.get(rank);
    if (wave === undefined) waves.set(rank, [one]);
    else wave.push(one);
  }
  let applied = 0;
  for (const [, wave] of [...waves].sort(([a], [b]) => a - b)) {
    await inParallel(wave, atOnce, async (one) => {
      const checksum = checksumOf(one.written);
      const desired = marked(one.object, markOf(options.setName, one.id), checksum);
      const before = liveOf(live, one.id, one.object);
      if (before !== undefined && remembered.get(one.id) === fingerprint(before, desired)) return;
      try {
        if (before !== undefined) await takeOver(before, options);
        const after = await applyOne(desired, deadlines, options);
        remembered.set(one.id, fingerprint(after, desired));
        applied += 1;
      } catch (thrown) {
        options.signal.throwIfAborted();
        remembered.delete(one.id);
        errors.push({ id: one.id, path: one.source, error: messageOf(thrown) });
        log.log({ method: 'Sync', err: messageOf(thrown), resource: one.id, source: one.source });
      }
    });
  }
  return { applied, errors };
}

/**
 * Waits for a kind that this very sync defines.
 *
 * @param deadlines until when to wait for a kind, milliseconds since 1970: a thousand objects of a broken definition wait
 *   once, not one after the other
 */
async function applyOne(
  desired: KubeObject,
  deadlines: Map<string, number>,
  options: ApplyOptions,
): Promise<KubeObject> {
  const kind = `${desired.apiVersion}/${desired.kind}`;
  for (;;) {
    try {
      return await options.kube.apply(desired, {
        fieldManager,
        force: true,
        signal: options.signal,
      });
    } catch (thrown) {
      if (refusedByServerSide(thrown)) {
        const { kube, log, signal } = options;
        log.log({
          info: 'server-side apply refuses the manifest; applying it as kubectl does',
          resource: desired.metadata.name,
          why: messageOf(thrown),
        });
        return applyClientSide(kube, desired, { fieldManager, signal });
      }
      const unknown = thrown instanceof KubeError && thrown.reason === 'UnknownKind';
      const now = options.clock.now().getTime();
      const deadline = deadlines.get(kind) ?? now + establishMs;
      deadlines.set(kind, deadline);
      if (!unknown || now > deadline) throw thrown;
      options.kube.invalidateDiscovery();
      await options.clock.sleep(200, options.signal);
    }
  }
}

/** Makes the fields ours that kubectl applied for the original, so that those which left the manifest go. */
async function takeOver(
  { apiVersion, kind, metadata }: KubeObject,
  { kube, signal }: ApplyOptions,
): Promise<void> {
  const managedFields = takeOverFields(metadata, fieldManager);
  if (managedFields === undefined) return;
  const { namespace, name = '', resourceVersion } = metadata;
  await kube.patch(
    { apiVersion, kind, namespace, name },
    'json',
    [
      { op: 'replace', path: '/metadata/managedFields', value: managedFields },
      // Somebody who changes it meanwhile wins; the next sync tries again.
      { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
    ],
    { fieldManager, signal },
  );
}

/**
 * Everything that a change behind our back would alter: the wanted labels and annotations, and the generation, or the
 * resource version of kinds that have none.
 *
 * The checksum annotation alone says only what we once applied; somebody may have edited the object since. The server
 * raises `generation` with every change of a spec and never for a status, so an equal generation means that nothing is to
 * be put back, and it is in the metadata-only list that we read anyway. ConfigMaps, Secrets, RBAC kinds and Services have
 * no generation: there every write shows in `resourceVersion`, and a needless apply after, say, a controller's annotation
 * changes nothing on the server. Metadata is outside the generation, hence our own labels and annotations are compared.
 */
function fingerprint(live: KubeObject, desired: KubeObject): string {
  const { labels = {}, annotations = {}, generation, resourceVersion, uid } = live.metadata;
  return JSON.stringify([
    uid,
    generation ?? resourceVersion,
    desired.metadata.annotations?.[checksumAnnotation],
    Object.entries(desired.metadata.labels ?? {}).map(([key, value]) => labels[key] === value),
    Object.entries(desired.metadata.annotations ?? {}).map(
      ([key, value]) => annotations[key] === value,
    ),
  ]);
}

function leftAlone(
  { object }: SyncObject,
  live: KubeObject | undefined,
  allowed: readonly string[],
): string | undefined {
  const { namespace, name = '' } = object.metadata;
  const restricted = object.kind === 'Namespace' ? name : namespace;
  if (allowed.length > 0 && restricted !== undefined && !allowed.includes(restricted))
    return 's; excluded by namespace constraints';
  if (ignoreOf(object.metadata.annotations) === 'true') return '; ignore annotation in file';
  if (ignoreOf(live?.metadata.annotations) === 'true')
    return '; ignore annotation in cluster resource';
  return undefined;
}
