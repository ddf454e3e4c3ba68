/** Edit, commit, push; on a conflict fetch, redo the edit on the new head, push again (spec flux-v1 §2.7). */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { GitError } from '../../lib/git/mod.ts';
import type { WorkingCloneOptions } from '../../lib/git/mod.ts';
import { Fault } from '../../lib/runtime/mod.ts';
import type { ConfigRepository } from './repository.ts';

/** New texts by file, relative to the root, and what to say of them. */
export interface Edit {
  files: ReadonlyMap<string, string>;
  message: string;
  note: string;
  author: string | undefined;
}

export interface PublishOptions {
  repository: ConfigRepository;
  clone: WorkingCloneOptions;
  skipMessage: string;
}

const attempts = 5;

/**
 * @param edit is asked anew for each head; `undefined` when there is nothing to change
 * @returns the pushed revision; `undefined` when nothing changed
 */
export async function publish(
  options: PublishOptions,
  edit: (head: string) => Promise<Edit | undefined>,
): Promise<string | undefined> {
  const { repository } = options;
  for (let attempt = 1; ; attempt += 1) {
    const head = await repository.head();
    const wanted = await edit(head);
    if (wanted === undefined) return undefined;
    const clone = await repository.mirror().workingClone(options.clone);
    try {
      if ((await clone.head()) === head) {
        for (const [name, text] of wanted.files) await write(clone.folder, name, text);
        const revision = await clone.commit({
          message: `${wanted.message}${options.skipMessage}`,
          note: wanted.note,
          ...(wanted.author === undefined ? {} : { author: wanted.author }),
        });
        if (revision === undefined) return undefined;
        await clone.push();
        return revision;
      }
    } catch (thrown) {
      const moved = thrown instanceof GitError && thrown.reason === 'PushRejected';
      if (!moved || attempt >= attempts) throw pushFailed(thrown, repository.safeUrl);
      await repository.mirror().refresh();
    } finally {
      await clone.remove();
    }
    if (attempt >= attempts)
      throw new Fault('HeadMoving', 'retry', repository.safeUrl, 'the branch keeps moving');
  }
}

/** Written in place: mode and links stay. */
async function write(folder: string, name: string, text: string): Promise<void> {
  const file = path.join(folder, name);
  await readFile(file);
  await writeFile(file, text);
}

function pushFailed(cause: unknown, url: string): Fault {
  return new Fault(
    'PushFailed',
    'retry',
    url,
    `Problem committing and pushing to git repository.\n\n${cause instanceof Error ? cause.message : String(cause)}\n\nNothing was changed; it is safe to try again.`,
    { cause },
  );
}
