/** The files of an artifact, in memory; nothing outside of it can be named. Pure. */
import { cleanPath } from '../../lib/kustomize/mod.ts';
import type { FileSource } from '../../lib/kustomize/mod.ts';
import { textOfBytes } from '../../lib/helm/values/mod.ts';
import { KustomizationError } from './errors.ts';

/** Where the artifact lies, as messages say it. */
export const root = '/source';

export interface SourceFiles extends FileSource {
  /** Bytes of a file; `undefined` when there is none, or outside of the artifact. */
  bytes(path: string): Uint8Array | undefined;
  /** Puts a file in the place of one, or a new one; the artifact itself stays as it is. */
  put(path: string, data: Uint8Array): void;
  /** Names within a folder, sorted as bytes. */
  entries(folder: string): string[];
}

/** @param content of an artifact, by path without a slash at its beginning; shared, and not changed */
export function sourceFiles(content: ReadonlyMap<string, Uint8Array>): SourceFiles {
  const folders = new Map<string, Set<string>>([[root, new Set()]]);
  const note = (path: string) => {
    for (let at = path; at !== root;) {
      const slash = at.lastIndexOf('/');
      const [folder, name] = [at.slice(0, slash), at.slice(slash + 1)];
      const names = folders.get(folder);
      names?.add(name);
      if (names !== undefined) return;
      folders.set(folder, new Set([name]));
      at = folder;
    }
  };
  for (const name of content.keys()) note(`${root}/${name}`);
  const changed = new Map<string, Uint8Array>();
  const texts = new Map<string, string>();
  const bytes = (path: string) => changed.get(path) ?? content.get(path.slice(root.length + 1));
  return {
    bytes: (path) => (isInside(path) ? bytes(path) : undefined),
    put: (path, data) => {
      changed.set(path, data);
      texts.delete(path);
      note(path);
    },
    entries: (folder) =>
      [...(folders.get(folder) ?? [])].sort((a, b) =>
        Buffer.compare(Buffer.from(a), Buffer.from(b)),
      ),
    isFolder: (path) => folders.has(path),
    readFile: (path) => {
      if (!isInside(path)) {
        throw new KustomizationError(
          'BuildFailed',
          path,
          `fs-security-constraint read ${path}: path '${path}' is not in or below '${root}'`,
        );
      }
      const known = texts.get(path);
      if (known !== undefined) return known;
      const data = bytes(path);
      if (data === undefined) return undefined;
      const text = textOfBytes(data);
      texts.set(path, text);
      return text;
    },
  };
}

const isInside = (path: string) => path === root || path.startsWith(`${root}/`);

/** A path below the artifact's root; `..` stops there. */
export const within = (path: string): string => {
  const clean = cleanPath(path);
  return clean === '/' ? root : `${root}${clean}`;
};

/** @throws KustomizationError `ArtifactFailed` when there is no such folder */
export function existingFolder(files: SourceFiles, path: string): string {
  const folder = within(path);
  if (files.isFolder(folder)) return folder;
  throw new KustomizationError('ArtifactFailed', path, `kustomization path not found: ${path}`);
}
