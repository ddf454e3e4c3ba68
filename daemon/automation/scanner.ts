/** Decides which images are looked up in their registries, and when (spec flux-v1 §6.1). */
import { filterOf } from '../../lib/manifest/mod.ts';
import type { Container, Policies } from '../../lib/manifest/mod.ts';
import { canonicalName, canonicalNameString, globMatcher } from '../../lib/policy/mod.ts';
import type { ImageName, Pattern } from '../../lib/policy/mod.ts';
import { ecrAllows } from '../../lib/registry/mod.ts';
import type { EcrFilter, Keychain } from '../../lib/registry/mod.ts';
import { inParallel, messageOf } from '../../lib/runtime/mod.ts';
import type { Clock, Logger } from '../../lib/runtime/mod.ts';
import { createWake } from '../wake.ts';
import type { ImageStore } from './image-store.ts';

export interface ImageGlobs {
  include: readonly string[];
  exclude: readonly string[];
  ecr: EcrFilter;
}

/** Images that may be scanned; exclusion wins. */
export function scannable(name: ImageName, { include, exclude, ecr }: ImageGlobs): boolean {
  if (!ecrAllows(canonicalName(name).domain, ecr)) return false;
  const canonical = canonicalNameString(name);
  const hit = (globs: readonly string[]) => globs.some((glob) => globMatcher(glob)(canonical));
  return !hit(exclude) && (include.length === 0 || hit(include));
}

/** Something whose images are scanned. */
export interface ImageUser {
  containers: readonly Container[];
  policies: Policies;
  use: Use;
  keychain: Keychain;
}

/** Who uses an image says how soon it is scanned again. */
export type Use = 'automated' | 'in repository' | 'in cluster';

const uses: readonly Use[] = ['automated', 'in repository', 'in cluster'];

export interface Target {
  name: ImageName;
  use: Use;
  patterns: Pattern[];
  current: string[];
  keychain: Keychain;
}

/** Each image once, by canonical name; the most urgent of its users counts, and the first's credentials. */
export function targetsOf(users: readonly ImageUser[], globs: ImageGlobs): Map<string, Target> {
  const targets = new Map<string, Target>();
  const sorted = [...users].sort((a, b) => uses.indexOf(a.use) - uses.indexOf(b.use));
  for (const { containers, policies, use, keychain } of sorted) {
    for (const { name: container, image } of containers) {
      if (image === undefined || !scannable(image, globs)) continue;
      const key = canonicalNameString(image);
      const target = targets.get(key) ?? { name: image, use, patterns: [], current: [], keychain };
      targets.set(key, target);
      if (use === 'automated') target.patterns.push(filterOf(policies, container));
      if (image.tag !== '') target.current.push(image.tag);
    }
  }
  return targets;
}

export interface ScannerOptions {
  store: ImageStore;
  globs: ImageGlobs;
  clock: Clock;
  log: Logger;
  /** How often an image of the repository is listed. */
  intervalMs: number;
  /** Everything whose images count now. */
  users: () => Promise<readonly ImageUser[]>;
  /** Called after each round that read something. */
  onScanned: () => void;
}

export interface Scanner {
  /** Somebody says that an image has a new tag: it is scanned at once. */
  notice(name: ImageName): void;
  /** What is used may have changed: images never seen are scanned at once. */
  look(): void;
  /** Credentials for an image in use; `undefined` when nothing uses it. */
  target(name: ImageName): Target | undefined;
  run(signal: AbortSignal): Promise<void>;
}

const imagesAtOnce = 8;
/** Images that nothing in the repository uses are listed so many times less often. */
const clusterOnlyFactor = 12;
/** What is in use is asked of the cluster no more often than this when nobody says that it changed. */
const lookEveryMs = 60_000;

export function createScanner(options: ScannerOptions): Scanner {
  const { store, clock, log, intervalMs } = options;
  const wake = createWake(clock);
  const noticed = new Set<string>();
  const scannedAt = new Map<string, number>();
  /** Until when a registry asked to be left alone, milliseconds since 1970, by host. */
  const closedUntil = new Map<string, number>();
  let targets: ReadonlyMap<string, Target> = new Map();
  const now = () => clock.now().getTime();
  const every = ({ use }: Target) =>
    use === 'in cluster' ? intervalMs * clusterOnlyFactor : intervalMs;
  const nextTime = ([key, target]: readonly [string, Target]): number => {
    const last = scannedAt.get(key);
    const due = last === undefined || noticed.has(key) ? 0 : last + every(target);
    return Math.max(due, closedUntil.get(canonicalName(target.name).domain) ?? 0);
  };

  const round = async (signal: AbortSignal) => {
    targets = targetsOf(await options.users(), options.globs);
    for (const key of noticed)
      if (!targets.has(key)) {
        log.log({ err: 'no creds available', info: 'noticed image is not in use', image: key });
        noticed.delete(key);
      }
    for (const key of scannedAt.keys()) if (!targets.has(key)) scannedAt.delete(key);
    const due = [...targets].filter((entry) => nextTime(entry) <= now());
    await inParallel(due, imagesAtOnce, async ([key, target]) => {
      const { domain } = canonicalName(target.name);
      if ((closedUntil.get(domain) ?? 0) > now()) return;
      noticed.delete(key);
      scannedAt.set(key, now());
      const { retryAfterMs } = await store.scan(target, signal);
      if (retryAfterMs === undefined) return;
      closedUntil.set(domain, now() + retryAfterMs);
      scannedAt.delete(key);
    });
    if (due.length > 0) options.onScanned();
  };

  return {
    notice: (name) => {
      noticed.add(canonicalNameString(name));
      wake.wake();
    },
    look: () => {
      wake.wake();
    },
    target: (name) => targets.get(canonicalNameString(name)),
    run: async (signal) => {
      while (!signal.aborted) {
        try {
          await round(signal);
        } catch (thrown) {
          if (signal.aborted) return;
          log.log({ err: messageOf(thrown) });
        }
        const next = Math.min(...[...targets].map(nextTime), now() + intervalMs);
        await wake.wait(Math.max(0, Math.min(next - now(), lookEveryMs)), signal);
      }
    },
  };
}
