/** Where files are written to. */
import { stat } from 'node:fs/promises';
import { UsageError } from '../errors.ts';

/** @returns false for what is there and no folder @throws UsageError when there is nothing */
export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')
      throw new UsageError(`stat ${path}: no such file or directory`);
    throw thrown;
  }
}
