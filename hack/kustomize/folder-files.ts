/** Files of a folder on disk for a build, read when they are asked for. */
import { readFileSync, statSync } from 'node:fs';
import { textOfBytes } from '../../lib/helm/values/mod.ts';
import type { FileSource } from '../../lib/kustomize/mod.ts';

export const filesOnDisk: FileSource = {
  readFile(path) {
    try {
      return textOfBytes(readFileSync(path));
    } catch {
      return undefined;
    }
  },
  isFolder(path) {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  },
};
