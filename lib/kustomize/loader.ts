/** Files of a build: what is below a folder, and no more unless it is allowed. */
import { failure, KustomizeError, within } from './errors.ts';

/** The files at hand; paths are absolute and clean. */
export interface FileSource {
  /** Text of a file (bytes that are no UTF-8 as lib/helm/values keeps them); undefined when there is none. */
  readFile(path: string): string | undefined;
  isFolder(path: string): boolean;
}

/** Files from a map of clean absolute paths to their text. */
export function filesOfMap(files: ReadonlyMap<string, string>): FileSource {
  const folders = new Set<string>(['/']);
  for (const path of files.keys()) {
    for (let folder = parentOf(path); !folders.has(folder); folder = parentOf(folder)) {
      folders.add(folder);
    }
  }
  return { readFile: (path) => files.get(path), isFolder: (path) => folders.has(path) };
}

export type LoadRestriction = 'rootOnly' | 'none';

/** One folder of a build, and from where it was reached. */
export class Loader {
  readonly root: string;
  private readonly files: FileSource;
  private readonly restriction: LoadRestriction;
  private readonly referrer: Loader | undefined;

  constructor(files: FileSource, root: string, restriction: LoadRestriction, referrer?: Loader) {
    this.files = files;
    this.root = root;
    this.restriction = restriction;
    this.referrer = referrer;
  }

  /** The loader at the folder where a build starts. */
  static at(files: FileSource, path: string, restriction: LoadRestriction): Loader {
    const root = within('must build at directory', () => confirmFolder(files, cleanPath(path)));
    return new Loader(files, root, restriction);
  }

  /** A loader at another folder. @throws KustomizeError for addresses, files, and folders that are being built */
  enter(path: string): Loader {
    if (path === '') throw failure('new root cannot be empty');
    if (isRepository(path)) throw remote(path);
    if (path.startsWith('/')) throw failure(`new root '${path}' cannot be absolute`);
    const root = within('must build at directory', () =>
      confirmFolder(this.files, cleanPath(`${this.root}/${path}`)),
    );
    this.refuseCycle(root);
    return new Loader(this.files, root, this.restriction, this);
  }

  private refuseCycle(root: string): void {
    if (isBelow(this.root, root)) {
      throw failure(
        `cycle detected: candidate root '${root}' contains visited root '${this.root}'`,
      );
    }
    this.referrer?.refuseCycle(root);
  }

  /** Text of a file. @throws KustomizeError when there is none, or when it lies outside */
  load(path: string): string {
    if (/^https?:/i.test(path)) throw remote(path);
    const at = cleanPath(path.startsWith('/') ? path : `${this.root}/${path}`);
    if (this.restriction === 'rootOnly') {
      if (this.files.isFolder(at)) throw failure(`'${at}' must resolve to a file`);
      const content = this.files.readFile(at);
      if (content === undefined) throw notFound('evalsymlink failure on', at, this.files);
      if (!isBelow(parentOf(at), this.root)) {
        throw failure(`security; file '${at}' is not in or below '${this.root}'`);
      }
      return content;
    }
    const content = this.files.readFile(at);
    if (content !== undefined) return content;
    if (this.files.isFolder(at)) throw failure(`read ${at}: is a directory`);
    throw failure(`open ${at}: no such file or directory`);
  }

  /** Text of a file that need not be there. */
  tryLoad(name: string): string | undefined {
    return this.files.readFile(cleanPath(`${this.root}/${name}`));
  }
}

function confirmFolder(files: FileSource, path: string): string {
  if (files.isFolder(path)) return path;
  if (files.readFile(path) !== undefined) throw failure(`'${path}': file is not directory`);
  throw notFound('not a valid directory: evalsymlink failure on', path, files);
}

/** The message names the first part of the path that is missing. */
function notFound(prefix: string, path: string, files: FileSource): KustomizeError {
  let missing = path;
  while (missing !== '/' && !files.isFolder(parentOf(missing))) missing = parentOf(missing);
  return failure(`${prefix} '${path}' : lstat ${missing}: no such file or directory`);
}

function remote(path: string): KustomizeError {
  return new KustomizeError(
    'RemoteRefused',
    `remote resource '${path}' is refused: only files of the source are built`,
  );
}

/** Whether a text is what the original would clone. */
export function isRepository(text: string): boolean {
  if (text.startsWith('/')) return false;
  const rest = (text.split('?')[0] ?? '').replace(/^git::/i, '');
  const scheme = /^(ssh|https?|file):\/\//i.exec(rest)?.[1];
  const hasUser = /^[A-Za-z0-9_.-]+@/.test(rest);
  const onGithub = /^(?:www\.)?github\.com[:/]/i.test(rest);
  if (scheme === undefined && !hasUser && !onGithub) return false;
  const path = rest.replace(/^[a-z]+:\/\//i, '').replace(/^[^/:]*[/:]/, '');
  return scheme?.toLowerCase() === 'file' || path.includes('/') || path.includes('.git');
}

/** `path.Clean` of an absolute path. */
export function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}

export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}

/** Last part of a path. */
export function baseOf(path: string): string {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.at(-1) ?? (path === '' ? '.' : '/');
}

function isBelow(path: string, folder: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`);
}
