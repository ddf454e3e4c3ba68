/** Files of a build: what is below a folder, and no more unless it is allowed. */
import { failure, KustomizeError, within } from './errors.ts';
import { isRemoteFile, loadRemoteFile } from './remotes.ts';
import type { Remotes } from './remotes.ts';
import { readRepositorySpec } from './repository-spec.ts';
import type { RepositorySpec } from './repository-spec.ts';

/** The files at hand; paths are absolute and clean. */
export interface FileSource {
  /** Text of a file (bytes that are no UTF-8 as lib/helm/values keeps them); undefined when there is none. */
  readFile(path: string): string | undefined;
  isFolder(path: string): boolean;
  /** Where links lead; without it there are none. A path that leaves the files is returned, and not followed. */
  realPath?(path: string): string;
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

interface Origins {
  restriction: LoadRestriction;
  /** Without it addresses are refused. */
  remotes: Remotes | undefined;
  referrer?: Loader;
  /** Set where a repository was entered. */
  clone?: { spec: RepositorySpec; root: string };
}

/** One folder of a build, and from where it was reached. */
export class Loader {
  readonly root: string;
  private readonly files: FileSource;
  private readonly origins: Origins;

  private constructor(files: FileSource, root: string, origins: Origins) {
    this.files = files;
    this.root = root;
    this.origins = origins;
  }

  /** The loader at the folder where a build starts. */
  static at(
    files: FileSource,
    path: string,
    restriction: LoadRestriction,
    remotes?: Remotes,
  ): Loader {
    const root = within('must build at directory', () => confirmFolder(files, cleanPath(path)));
    return new Loader(files, root, { restriction, remotes });
  }

  /**
   * A loader at another folder, or at one of a repository.
   *
   * @throws KustomizeError for files, folders that are being built, and addresses that cannot be cloned
   */
  enter(path: string): Loader {
    if (path === '') throw failure('new root cannot be empty');
    const spec = readRepositorySpec(path);
    if (spec !== undefined) return this.enterClone(spec);
    if (path.startsWith('/')) throw failure(`new root '${path}' cannot be absolute`);
    const at = cleanPath(`${this.root}/${path}`);
    const { restriction, remotes } = this.origins;
    this.refuseLeaving(linked(this.files, at));
    const root = within('must build at directory', () => confirmFolder(this.files, at));
    this.refuseCycle(root);
    return new Loader(this.files, root, { restriction, remotes, referrer: this });
  }

  private enterClone(spec: RepositorySpec): Loader {
    const { remotes } = this.origins;
    if (remotes === undefined) throw refused(spec.raw);
    this.refuseRepositoryCycle(spec);
    const clone = remotes.clone(spec);
    if ('failure' in clone)
      throw new KustomizeError(clone.timedOut ? 'TimedOut' : 'BuildFailed', clone.failure);
    const { files } = clone;
    const wanted = cleanPath(`${clone.root}/${spec.path}`);
    const root = linked(files, wanted);
    if (isBelow(root, clone.root) && !files.isFolder(root)) {
      if (files.readFile(root) === undefined)
        throw notFound('evalsymlink failure on', wanted, files);
      throw failure(`'${wanted}' refers to file '${baseOf(root)}'; expecting directory`);
    }
    if (!isBelow(root, clone.root))
      throw failure(`"${wanted}" refers to directory outside of repo "${clone.root}"`);
    return new Loader(files, root, {
      restriction: 'rootOnly',
      remotes,
      referrer: this,
      clone: { spec, root: clone.root },
    });
  }

  /** Folders that are named in a clone lie in it. */
  private refuseLeaving(at: string): void {
    let loader: Loader | undefined = this;
    while (loader !== undefined && loader.origins.clone === undefined)
      loader = loader.origins.referrer;
    const top = loader?.origins.clone?.root;
    if (top === undefined || isBelow(at, top)) return;
    throw failure(
      `security; bases in kustomizations found in cloned git repos must be within the repo, but base '${at}' is outside '${top}'`,
    );
  }

  private refuseRepositoryCycle(spec: RepositorySpec): void {
    const { clone, referrer } = this.origins;
    if (clone?.spec.raw.startsWith(spec.raw) === true) {
      throw failure(
        `cycle detected: URI '${spec.raw}' referenced by previous URI '${clone.spec.raw}'`,
      );
    }
    referrer?.refuseRepositoryCycle(spec);
  }

  private refuseCycle(root: string): void {
    if (isBelow(this.root, root)) {
      throw failure(
        `cycle detected: candidate root '${root}' contains visited root '${this.root}'`,
      );
    }
    this.origins.referrer?.refuseCycle(root);
  }

  /** Text of a file. @throws KustomizeError when there is none, or when it lies outside */
  load(path: string): string {
    const { remotes, restriction } = this.origins;
    if (isRemoteFile(path)) {
      if (remotes === undefined) throw refused(path);
      return loadRemoteFile(remotes, path);
    }
    const named = cleanPath(path.startsWith('/') ? path : `${this.root}/${path}`);
    const at = linked(this.files, named);
    const content = this.files.readFile(at);
    if (restriction === 'rootOnly') {
      if (this.files.isFolder(at)) throw failure(`'${named}' must resolve to a file`);
      const isInside = isBelow(parentOf(at), this.root);
      // Where a link leads out of a clone, it is not looked at whether something is there.
      if (content === undefined && (isInside || at === named))
        throw notFound('evalsymlink failure on', named, this.files);
      if (content === undefined || !isInside)
        throw failure(`security; file '${named}' is not in or below '${this.root}'`);
      return content;
    }
    if (content !== undefined) return content;
    if (this.files.isFolder(at)) throw failure(`read ${at}: is a directory`);
    throw failure(`open ${at}: no such file or directory`);
  }

  /** Text of a file that need not be there. */
  tryLoad(name: string): string | undefined {
    const at = linked(this.files, cleanPath(`${this.root}/${name}`));
    const { restriction } = this.origins;
    return restriction === 'none' || isBelow(parentOf(at), this.root)
      ? this.files.readFile(at)
      : undefined;
  }
}

const linked = (files: FileSource, path: string): string => files.realPath?.(path) ?? path;

function confirmFolder(files: FileSource, path: string): string {
  const at = linked(files, path);
  if (files.isFolder(at)) return at;
  if (files.readFile(at) !== undefined) throw failure(`'${path}': file is not directory`);
  throw notFound('not a valid directory: evalsymlink failure on', path, files);
}

/** The message names the first part of the path that is missing. */
function notFound(prefix: string, path: string, files: FileSource): KustomizeError {
  let missing = path;
  while (missing !== '/' && !files.isFolder(parentOf(missing))) missing = parentOf(missing);
  return failure(`${prefix} '${path}' : lstat ${missing}: no such file or directory`);
}

function refused(path: string): KustomizeError {
  return new KustomizeError(
    'RemoteRefused',
    `remote resource '${path}' is refused: only files of the source are built`,
  );
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
