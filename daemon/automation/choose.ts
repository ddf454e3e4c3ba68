/** Which tag a container should move to (spec flux-v1 §5.6, with the guard against going backwards). Pure. */
import type { ImageInfo } from '../../lib/registry/mod.ts';
import { compareVersions, filterAndSort, parseVersion } from '../../lib/policy/mod.ts';
import type { Candidate, Pattern } from '../../lib/policy/mod.ts';

export interface KnownTags {
  tags: readonly string[];
  infos: ReadonlyMap<string, ImageInfo>;
}

export type Choice =
  | { action: 'update'; tag: string; reason: string }
  | { action: 'keep'; reason: string }
  /** Something is in the way that a person should know of. */
  | { action: 'skip'; reason: string };

/**
 * @param allowDowngrade v1's rule: the newest matching tag differs from the one in use
 */
export function chooseTag(
  current: string,
  known: KnownTags,
  pattern: Pattern,
  allowDowngrade: boolean,
): Choice {
  const candidates = known.tags.map((tag) => candidate(tag, known));
  const matching = filterAndSort(candidates, pattern);
  const dated = pattern.requiresTimestamp
    ? matching.filter(({ createdAt }) => createdAt !== undefined)
    : matching;
  const [newest] = dated;
  if (newest === undefined) {
    return matching[0] === undefined
      ? { action: 'keep', reason: `no tag matches ${pattern.text}` }
      : {
          action: 'skip',
          reason: `inconsistent repository metadata: missing metadata for image tag "${matching[0].tag}"`,
        };
  }
  if (newest.tag === current) return { action: 'keep', reason: 'up to date' };
  // A tag that is gone from the registry and of which nothing is known counts as the oldest: v1 would be stuck for ever.
  const listed = known.tags.includes(current);
  const inUse = listed || known.infos.has(current) ? candidate(current, known) : undefined;
  if (pattern.requiresTimestamp && inUse !== undefined && inUse.createdAt === undefined)
    return { action: 'skip', reason: 'image with zero created timestamp' };
  if (!allowDowngrade && isOlder(newest, current, inUse, pattern))
    return { action: 'keep', reason: `newest match ${newest.tag} is older than ${current}` };
  return {
    action: 'update',
    tag: newest.tag,
    reason: `latest ${newest.tag} (${shownTime(newest)}) > current ${current} (${shownTime(inUse)})`,
  };
}

function isOlder(
  newest: Candidate,
  current: string,
  inUse: Candidate | undefined,
  pattern: Pattern,
): boolean {
  if (pattern.requiresTimestamp) {
    const [then, now] = [inUse?.createdAt, newest.createdAt];
    return then !== undefined && now !== undefined && now < then;
  }
  const [from, to] = [parseVersion(current), parseVersion(newest.tag)];
  return from !== undefined && to !== undefined && compareVersions(to, from) < 0;
}

function candidate(tag: string, { infos }: KnownTags): Candidate {
  const created = infos.get(tag)?.createdAt;
  const createdAt = created === undefined ? NaN : Date.parse(created);
  return Number.isNaN(createdAt) || createdAt <= 0 ? { tag } : { tag, createdAt };
}

const shownTime = (of: Candidate | undefined) =>
  of?.createdAt === undefined ? '0001-01-01T00:00:00Z' : new Date(of.createdAt).toISOString();
