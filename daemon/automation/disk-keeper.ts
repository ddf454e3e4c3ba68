/** Image records as files of one folder, written whole or not at all. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { RecordKeeper } from './image-records.ts';

/** @param folder is made when it is needed; nobody else may read it */
export function diskKeeper(folder: string): RecordKeeper {
  const fileOf = (key: string) =>
    path.join(folder, `${createHash('sha256').update(key).digest('hex')}.json`);
  return {
    read: async (key) => {
      try {
        return await readFile(fileOf(key), 'utf8');
      } catch (thrown) {
        if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')
          return undefined;
        throw thrown;
      }
    },
    write: async (key, text) => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const part = `${fileOf(key)}.${randomUUID()}`;
      await writeFile(part, text, { mode: 0o600 });
      await rename(part, fileOf(key));
    },
  };
}
