/** What the kinds of sources have in common towards the runtime. */
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Artifact } from '../artifacts/mod.ts';
import type { Draft, Kind } from '../runtime/mod.ts';
import { sourceController, sourceVersion } from './dependencies.ts';
import type { SourceDependencies } from './dependencies.ts';
import { lookAtSource } from './look.ts';
import type { Look, SourceLook } from './look.ts';

export interface SourceWork {
  /** What is stored of it, undamaged. */
  current: Artifact | undefined;
  /** Fires at the end of the program. */
  signal: AbortSignal;
}

interface SourceKind extends Pick<Kind, 'watches' | 'isStatic'> {
  name: string;
  hasUrl?: boolean;
  /** Beside those of all sources, after which they count. */
  failing?: SourceLook['failing'];
  /** @throws SourceFailure */
  build(draft: Draft, work: SourceWork): Promise<Look>;
}

export function sourceKind(
  { store }: SourceDependencies,
  { name: kind, hasUrl = true, failing = [], build, ...rest }: SourceKind,
): Kind {
  return {
    ...rest,
    name: kind,
    apiVersion: sourceVersion,
    controller: sourceController,
    reconcile: (draft, signal) =>
      lookAtSource(draft, {
        store,
        signal,
        hasUrl,
        intervalMs: draft.spec.durationMs('interval') ?? 60_000,
        failing: ['StorageOperationFailed', 'FetchFailed', ...failing],
        build: (current) => build(draft, { current, signal }),
      }),
    // What was ready is ready still, in the eyes of those who wait for the newest generation.
    whenSuspended: ({ conditions, status, generation }) => {
      const ready = conditions.get('Ready');
      if (ready?.status !== 'True') return;
      conditions.markTrue('Ready', ready.reason, ready.message);
      status['observedGeneration'] = generation;
    },
    remove: async ({ namespace, name }) => {
      await store.removeAll({ kind, namespace, name });
    },
  };
}

/** Work with a folder of its own, which is gone afterwards. */
export async function inFolder<T>(
  { workFolder }: Pick<SourceDependencies, 'workFolder'>,
  prefix: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(path.join(workFolder, prefix));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
