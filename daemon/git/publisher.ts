/** Edit, commit, push; on a conflict fetch, plan anew on the new head, push again (spec flux-v1 §2.7). */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { GitError } from '../../lib/git/mod.ts';
import type { WorkingCloneOptions } from '../../lib/git/mod.ts';
import { Fault, messageOf } from '../../lib/runtime/mod.ts';
import type { Logger } from '../../lib/runtime/mod.ts';
import type { CommitNote, UpdateResult } from '../../lib/wire/mod.ts';
import { generate } from '../generate/generate.ts';
import type { GenerateOptions } from '../generate/generate.ts';
import type { Metrics } from '../metrics.ts';
import type { LoadedTree, LoadOptions } from '../sync/load.ts';
import type { LoadedRevision } from '../sync/sync.ts';
import { editTexts } from '../update/edit.ts';
import type { WorkloadEdit } from '../update/edit.ts';
import { createSerial } from '../wake.ts';
import type { ConfigRepository } from './repository.ts';

/** What to commit, and what to say of it. */
export interface CommitPlan {
  edits: readonly WorkloadEdit[];
  message: string;
  note: CommitNote;
  result: UpdateResult;
  author: string | undefined;
}

export interface PublisherOptions {
  repository: ConfigRepository;
  load: (revision: string) => Promise<LoadedRevision>;
  clone: WorkingCloneOptions;
  /** How what is written will be read. */
  manifests: Pick<LoadOptions, 'generation' | 'reveal'>;
  /** Appended to each message. */
  skipMessage: string;
  readOnly: boolean;
  metrics: Pick<Metrics, 'releaseStage'>;
  /** Called after each push; when it fails the job has failed, though the commit is made. */
  onPushed: (revision: string, plan: CommitPlan) => Promise<void>;
  /** Before a further attempt: of those who were slower, each waits for another while. */
  pause: (attempt: number, signal: AbortSignal) => Promise<void>;
  log: Logger;
}

export interface Publisher {
  /**
   * One after the other: a second call waits for the first.
   *
   * @param plan is asked anew for each head; `undefined` when there is nothing to change
   * @param signal ends it before the next step; what was pushed stays
   * @returns the pushed revision; `undefined` when nothing changed
   * @throws Fault `ReadOnly`, `HeadUnsigned`, `PushFailed`, `HeadMoving`, and what `plan` throws
   */
  publish(
    signal: AbortSignal,
    plan: (loaded: LoadedRevision) => Promise<CommitPlan | undefined>,
  ): Promise<string | undefined>;
}

/** Each time another was faster; with many daemons on one repository all but one are slower each time. */
const attempts = 30;

export function createPublisher(options: PublisherOptions): Publisher {
  const { repository, load, manifests } = options;
  const inTurn = createSerial();

  /** @returns `undefined` when the branch moved on while we worked */
  const commit = async (
    head: string,
    plan: CommitPlan,
    loaded: LoadedRevision,
    signal: AbortSignal,
  ): Promise<{ revision: string | undefined } | undefined> => {
    const clone = await repository.mirror().workingClone(options.clone);
    try {
      if ((await clone.head()) !== head) return undefined;
      await manifests.reveal?.(clone.folder);
      const written = options.metrics.releaseStage.startTimer({ stage: 'write_changes' });
      await writeEdits(clone.folder, plan.edits, loaded.tree, manifests.generation, signal);
      written();
      const verified = options.metrics.releaseStage.startTimer({ stage: 'verify_changes' });
      await verifyEdits(clone.folder, plan.edits, loaded.tree, manifests.generation, signal);
      verified();
      const revision = await clone.commit({
        message: `${plan.message}${options.skipMessage}`,
        note: JSON.stringify(plan.note),
        ...(plan.author === undefined ? {} : { author: plan.author }),
        // A patch file may be new.
        addUntracked: manifests.generation !== undefined,
      });
      if (revision === undefined) return { revision };
      signal.throwIfAborted();
      await clone.push();
      return { revision };
    } catch (thrown) {
      if (thrown instanceof GitError && thrown.reason === 'PushRejected') return undefined;
      throw thrown instanceof GitError ? pushFailed(thrown, repository.safeUrl) : thrown;
    } finally {
      await clone.remove();
    }
  };

  return {
    publish: (signal, planFor) =>
      inTurn(async () => {
        if (options.readOnly)
          throw new Fault(
            'ReadOnly',
            'stall',
            repository.safeUrl,
            'cannot make a working clone of a read-only git repo',
          );
        for (let attempt = 1; attempt <= attempts; attempt += 1) {
          signal.throwIfAborted();
          const head = await repository.head();
          if ((await repository.branchHead()) !== head)
            throw new Fault(
              'HeadUnsigned',
              'stall',
              repository.safeUrl,
              'HEAD revision is unsigned',
            );
          const loaded = await load(head);
          const plan = await planFor(loaded);
          if (plan === undefined) return undefined;
          const done = await commit(head, plan, loaded, signal);
          if (done === undefined) {
            await options.pause(attempt, signal);
            await repository.mirror().refresh();
            continue;
          }
          if (done.revision === undefined) return undefined;
          try {
            await repository.refresh();
          } catch (thrown) {
            // It is pushed; the next fetch brings it.
            options.log.log({ err: messageOf(thrown), revision: done.revision });
          }
          await options.onPushed(done.revision, plan);
          return done.revision;
        }
        throw new Fault('HeadMoving', 'retry', repository.safeUrl, 'the branch keeps moving');
      }),
  };
}

async function writeEdits(
  folder: string,
  edits: readonly WorkloadEdit[],
  { texts, generated }: LoadedTree,
  generation: GenerateOptions | undefined,
  signal: AbortSignal,
): Promise<void> {
  const plain = edits.filter(({ workload }) => !generated.has(workload.source));
  for (const [name, text] of editTexts(plain, texts)) await overwrite(folder, name, text);
  for (const at of generated.values()) {
    const here = edits.filter(({ workload }) => workload.source === at.label);
    if (here.length === 0 || generation === undefined) continue;
    // It knows how to make patches, for which it brings the engine of releases; hardly anybody needs both.
    const { editGenerated } = await import('../generate/edit.ts');
    await editGenerated(folder, at, here, { ...generation, signal });
  }
}

/** Generates anew what was edited there; edits of plain files are verified as they are made. @throws Fault `EditNotVerified` */
async function verifyEdits(
  folder: string,
  edits: readonly WorkloadEdit[],
  { generated, objects }: LoadedTree,
  generation: GenerateOptions | undefined,
  signal: AbortSignal,
): Promise<void> {
  for (const at of generated.values()) {
    const here = edits.filter(({ workload }) => workload.source === at.label);
    if (here.length === 0 || generation === undefined) continue;
    const { verifyGenerated } = await import('../generate/edit.ts');
    const before = objects.filter(({ source }) => source === at.label);
    const now = await generate(folder, at, { ...generation, signal });
    const problem = verifyGenerated(
      before.map(({ object }) => object),
      now.patched,
      here,
    );
    if (problem !== undefined)
      throw new Fault('EditNotVerified', 'stall', at.label, `failed to verify changes: ${problem}`);
  }
}

/** Written in place: mode and links stay. */
async function overwrite(folder: string, name: string, text: string): Promise<void> {
  const file = path.join(folder, name);
  await readFile(file);
  await writeFile(file, text);
}

function pushFailed(cause: GitError, url: string): Fault {
  return new Fault(
    'PushFailed',
    'retry',
    url,
    `Problem committing and pushing to git repository.\n\n${cause.message}\n\nNothing was changed; it is safe to try again.`,
    { cause },
  );
}
