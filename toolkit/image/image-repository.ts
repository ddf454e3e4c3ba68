/** ImageRepository: the tags of an image, listed again and again (spec §6.1). */
import { RE2JS } from 're2js';
import { objectKey } from '../../lib/kube/mod.ts';
import { canonicalNameString } from '../../lib/policy/mod.ts';
import type { ImageName } from '../../lib/policy/mod.ts';
import { formatDuration, messageOf } from '../../lib/runtime/mod.ts';
import { Fields, requestedAtKey, secondsOf } from '../runtime/mod.ts';
import type { Draft, Kind } from '../runtime/mod.ts';
import { announce, lookAtImage } from './conclude.ts';
import type { Result } from './conclude.ts';
import { imageVersion, reflectorController } from './dependencies.ts';
import type { ImageDependencies } from './dependencies.ts';
import { failing } from './failure.ts';
import { readImageName } from './image-name.ts';
import { withRegistry } from './registry-access.ts';
import { checksumOf } from './tags.ts';

/** Tags shown in the status. */
const mostShown = 10;
const defaultExclusions = ['^.*\\.sig$'];

export function imageRepositoryKind(dependencies: ImageDependencies): Kind {
  return {
    name: 'ImageRepository',
    apiVersion: imageVersion,
    controller: reflectorController,
    reconcile: (draft, signal) =>
      lookAtImage(draft, signal, () => look(dependencies, draft, signal)),
    remove: ({ object }) => {
      dependencies.tags.delete(objectKey(object));
      return Promise.resolve();
    },
  };
}

async function look(
  dependencies: ImageDependencies,
  draft: Draft,
  signal: AbortSignal,
): Promise<Result> {
  await announce(draft, true);
  const { spec, status } = draft;
  const name = readImageName(spec.text('image') ?? '');
  draft.conditions.remove('Stalled');
  const exclusions = exclusionsOf(spec);
  const intervalMs = spec.durationMs('interval') ?? 60_000;
  const due = dueOf(dependencies, draft, name, exclusions, intervalMs);
  let told = `no change in repository configuration since last scan, next scan in ${formatDuration(due.afterMs)}`;
  if (due.why !== undefined) {
    draft.conditions.markProgressing(`scanning: ${due.why}`, {
      drift: due.why === 'no tags in database',
    });
    await draft.save();
    const revision = new Fields(status['lastScanResult']).text('revision');
    const tags = await scan(dependencies, draft, name, exclusions, signal);
    const checksum = checksumOf(tags);
    status['lastScanResult'] = {
      revision: checksum,
      tagCount: tags.length,
      scanTime: secondsOf(dependencies.clock.now()),
      ...(tags.length === 0 ? {} : { latestTags: tags.slice(0, mostShown) }),
    };
    const next = `next scan in ${formatDuration(due.afterMs)}`;
    told = `${revision === checksum ? 'tags did not change' : 'successful scan'}, ${next}`;
  }
  status['canonicalImageName'] = canonicalNameString(name);
  status['observedExclusionList'] = exclusions;
  const last = new Fields(status['lastScanResult']);
  const message = `successful scan: found ${last.count('tagCount') ?? 0} tags with checksum ${last.text('revision') ?? ''}`;
  return { done: 'success', message, afterMs: due.afterMs, told };
}

function exclusionsOf(spec: Fields): string[] {
  const given = spec.texts('exclusionList');
  return given.length === 0 ? defaultExclusions : given;
}

/** Why tags are listed now; when they are next. */
function dueOf(
  { tags, clock }: ImageDependencies,
  { object, status, annotations }: Draft,
  name: ImageName,
  exclusions: readonly string[],
  intervalMs: number,
): { why: string | undefined; afterMs: number } {
  const now = (why: string) => ({ why, afterMs: intervalMs });
  const known = new Fields(status);
  const scanned = Date.parse(known.at('lastScanResult').text('scanTime') ?? '');
  if (Number.isNaN(scanned)) return now('first scan');
  const requestedAt = annotations[requestedAtKey];
  if (requestedAt !== undefined && requestedAt !== known.text('lastHandledReconcileAt'))
    return now('reconcile requested');
  if (canonicalNameString(name) !== known.text('canonicalImageName')) return now('new image name');
  const observed = known.texts('observedExclusionList');
  if (observed.length !== exclusions.length || !observed.every((each) => exclusions.includes(each)))
    return now('updated exclusion list');
  if (tags.get(objectKey(object)).length === 0) return now('no tags in database');
  const left = intervalMs - (clock.now().getTime() - scanned);
  return left < 1000 ? now('triggered by interval') : { why: undefined, afterMs: left };
}

/** @returns the tags that are kept, the greatest text first */
async function scan(
  dependencies: ImageDependencies,
  { object, namespace, spec }: Draft,
  name: ImageName,
  exclusions: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const failed = (why: string, cause?: unknown) =>
    failing('ReadOperationFailed', `scan failed: ${why}`, cause);
  const patterns = exclusions.map((text) => {
    try {
      return RE2JS.compile(text);
    } catch (cause) {
      throw failed(`failed to compile regex ${text}: ${messageOf(cause)}`, cause);
    }
  });
  const found = await withRegistry(
    dependencies,
    namespace,
    spec,
    name,
    async ({ client, keychain, timeoutMs }) => {
      const until = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      try {
        return await client.listTags(name, { keychain, signal: until });
      } catch (cause) {
        throw failed(messageOf(cause), cause);
      }
    },
  );
  const kept = found
    .filter((tag) => !patterns.some((pattern) => pattern.matcher(tag).find()))
    .sort((a, b) => (a < b ? 1 : a > b ? -1 : 0));
  dependencies.tags.set(objectKey(object), kept);
  return kept;
}
