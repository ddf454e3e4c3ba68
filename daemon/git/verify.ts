/** Only what trusted people signed is synced (spec flux-v1 §2.5). */
import type { Mirror } from '../../lib/git/mod.ts';
import { Fault } from '../../lib/runtime/mod.ts';
import type { Logger } from '../../lib/runtime/mod.ts';
import type { SyncMarker } from './marker.ts';
import type { ConfigRepository } from './repository.ts';

export interface VerifyOptions {
  repository: ConfigRepository;
  marker: SyncMarker;
  /** The sync tag, which has to be signed too; `undefined` when the mark is kept in a Secret. */
  tag: string | undefined;
  /** Look only at the first parent of merges. */
  firstParent: boolean;
  log: Logger;
}

/** The same repository, whose head is the newest commit up to which every signature is good. */
export function verifiedRepository(options: VerifyOptions): ConfigRepository {
  const { repository, log } = options;
  let last: { of: string; from: string | undefined; revision: string | undefined } | undefined;
  let told = '';
  return {
    ...repository,
    head: async () => {
      const mirror = repository.mirror();
      const of = await repository.branchHead();
      const from = await trustedMark(mirror, options);
      if (last === undefined || last.of !== of || last.from !== from) {
        const { revision, invalid } = await newestVerified(mirror, of, from, options.firstParent);
        last = { of, from, revision };
        if (invalid !== undefined && told !== invalid.revision) {
          told = invalid.revision;
          log.log({
            err: 'found invalid GPG signature for commit',
            revision: invalid.revision,
            key: invalid.signingKey,
          });
        }
      }
      if (last.revision === undefined)
        throw new Fault(
          'NothingVerified',
          'stall',
          repository.safeUrl,
          'HEAD revision is unsigned',
        );
      return last.revision;
    },
  };
}

/** @throws Fault `MarkUnverified` when the mark is there but nobody trusted has made it */
async function trustedMark(
  mirror: Mirror,
  { marker, tag, repository }: VerifyOptions,
): Promise<string | undefined> {
  const revision = await marker.get();
  if (revision === undefined) return undefined;
  const unverified = (what: string) =>
    new Fault(
      'MarkUnverified',
      'stall',
      repository.safeUrl,
      `failed to verify signature of ${what}`,
    );
  if (tag !== undefined && !(await mirror.verifyTag(tag))) throw unverified(`the sync tag ${tag}`);
  if (!(await mirror.verifyCommit(revision))) throw unverified(`last sync'ed revision ${revision}`);
  return revision;
}

/** Walks from the oldest new commit on and stops before the first that is not well signed. */
export async function newestVerified(
  mirror: Pick<Mirror, 'commits'>,
  head: string,
  from: string | undefined,
  firstParent: boolean,
): Promise<{
  revision: string | undefined;
  invalid?: { revision: string; signingKey: string };
}> {
  const commits = await mirror.commits({ from, to: head, paths: [], firstParent });
  let revision = from;
  for (const commit of [...commits].reverse()) {
    if (commit.signature !== 'G') return { revision, invalid: commit };
    revision = commit.revision;
  }
  return { revision: head };
}
