/** Events as the original posts them (spec flux-v1 §10.1). Pure. */
import type { GitCommit } from '../../lib/git/mod.ts';
import type { CommitNote, UpdateResult, UpdateSpec } from '../../lib/wire/mod.ts';
import { commitText, releaseText, syncText } from './texts.ts';

export interface FluxEvent {
  id: 0;
  serviceIDs: string[];
  type: 'commit' | 'sync' | 'release' | 'autorelease';
  /** RFC 3339. */
  startedAt: string;
  endedAt: string;
  logLevel: 'info' | 'error';
  metadata: Record<string, unknown>;
}

/** An event, and what it says to people. */
export interface ToldEvent {
  event: FluxEvent;
  text: string;
  /** What went wrong, line by line. */
  problems: readonly string[];
}

export interface Span {
  from: Date;
  to: Date;
}

const successful = (result: UpdateResult | null): string[] =>
  Object.entries(result ?? {})
    .filter(([, { Status }]) => Status === 'success')
    .map(([id]) => id)
    .sort();

function eventOf(
  type: FluxEvent['type'],
  serviceIDs: readonly string[],
  { from, to }: Span,
  metadata: Record<string, unknown>,
): FluxEvent {
  return {
    id: 0,
    serviceIDs: [...serviceIDs].sort(),
    type,
    startedAt: from.toISOString(),
    endedAt: to.toISOString(),
    logLevel: 'info',
    metadata,
  };
}

export function commitEvent(
  revision: string,
  spec: UpdateSpec,
  result: UpdateResult,
  at: Date,
): ToldEvent {
  const ids = successful(result);
  const metadata = { revision, spec, result };
  return {
    event: eventOf('commit', ids, { from: at, to: at }, metadata),
    text: commitText(revision, ids),
    problems: [],
  };
}

export interface SyncedCommit extends GitCommit {
  note: CommitNote | undefined;
}

/** One event for the sync, then one for each release among its commits (newest first). */
export function syncEvents(sync: {
  commits: readonly SyncedCommit[];
  /** IDs whose manifests differ. */
  changed: readonly string[];
  errors: readonly { id: string; path: string; error: string }[];
  initial: boolean;
  span: Span;
}): ToldEvent[] {
  const { commits, changed, errors, initial, span } = sync;
  // On an initial sync the whole history counts; its notes are not news.
  const specs = initial ? [] : commits.map(({ note }) => note?.spec);
  const includes = Object.fromEntries(specs.map((spec) => [kindOf(spec), true]));
  const whole: ToldEvent = {
    event: eventOf('sync', changed, span, {
      commits: commits.map(({ revision, message }) => ({ revision, message })),
      ...(specs.length === 0 ? {} : { includes }),
      ...(errors.length === 0
        ? {}
        : { errors: errors.map(({ id: ID, path: Path, error: Error }) => ({ ID, Path, Error })) }),
      ...(initial ? { initialSync: true } : {}),
    }),
    text: syncText(commits, changed),
    problems: errors.map(({ id, error }) => `${id}: ${error}`),
  };
  const releases = initial ? [] : commits.flatMap((commit) => releaseEvent(commit, span));
  return [whole, ...releases];
}

function kindOf(spec: UpdateSpec | undefined): string {
  switch (spec?.type) {
    case 'image':
    case 'containers':
      return 'release';
    case 'auto':
      return 'autorelease';
    case 'policy':
      return 'update_policy';
    default:
      return 'other';
  }
}

function releaseEvent({ revision: Revision, note }: SyncedCommit, span: Span): ToldEvent[] {
  const text = note && releaseText(note.spec, note.result);
  if (note === undefined || text === undefined) return [];
  const { spec, result } = note;
  const common = { Revision, result };
  const ids = successful(result);
  const told = (type: FluxEvent['type'], metadata: Record<string, unknown>): ToldEvent[] => [
    { event: eventOf(type, ids, span, metadata), text, problems: [] },
  ];
  if (spec.type === 'auto') return told('autorelease', { ...common, spec: spec.spec });
  if (spec.type === 'image')
    return told('release', {
      ...common,
      spec: {
        Type: 'releaseImageSpecType',
        ReleaseImageSpec: spec.spec,
        ReleaseContainersSpec: null,
      },
      cause: spec.cause,
    });
  if (spec.type === 'containers')
    return told('release', {
      ...common,
      spec: {
        Type: 'releaseContainersSpecType',
        ReleaseImageSpec: null,
        ReleaseContainersSpec: spec.spec,
      },
      cause: spec.cause,
    });
  return [];
}
