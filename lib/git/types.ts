/** What the programs ask of Git. Implemented with the git program. */

export interface GitRemote {
  /** As configured: scp form, `ssh://`, `https://`, `http://`, `file://` or a path. May hold credentials; never log it raw. */
  url: string;
  branch: string;
}

export interface GitCommit {
  revision: string;
  /** Subject line. */
  message: string;
  /** `%G?` of git log: `G` good, `N` none, … */
  signature: string;
  signingKey: string;
}

export type MirrorStatus = 'unconfigured' | 'new' | 'unreachable' | 'cloned' | 'ready';

/** A bare mirror kept on disk; read operations never touch the network. */
export interface Mirror {
  readonly folder: string;
  /** Clones when there is nothing yet, then fetches everything, forced. */
  refresh(signal?: AbortSignal): Promise<void>;
  /** Runs work on the mirror's refs while nothing is fetched. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** The commit a ref (branch, tag, full or short hash) points at; `undefined` when there is none. */
  resolve(ref: string): Promise<string | undefined>;
  /** Newest first; `from` exclusive, all history when undefined. */
  commits(range: {
    from: string | undefined;
    to: string;
    paths: readonly string[];
    firstParent?: boolean;
  }): Promise<GitCommit[]>;
  /** Paths below `path` that differ between two commits. */
  changedPaths(from: string, to: string, path: string): Promise<string[]>;
  /** Object id of the tree or blob at a path in a commit; `undefined` when the path is absent. */
  treeId(revision: string, path: string): Promise<string | undefined>;
  /** Files of a commit below `path` (all when ''), read from the object store without a checkout. */
  readTree(revision: string, path: string): Promise<GitFile[]>;
  /** Writes a commit's files below `path` to a folder (git archive; no .git). */
  exportTo(folder: string, revision: string, path?: string): Promise<void>;
  /** A note's text; `undefined` when the commit has none. */
  note(ref: string, revision: string): Promise<string | undefined>;
  /** Whether a commit carries a good signature of a trusted key. */
  verifyCommit(revision: string): Promise<boolean>;
  /** Whether an annotated tag carries a good signature of a trusted key. */
  verifyTag(tag: string): Promise<boolean>;
  /** A commit's files in a temporary folder, a real checkout: for programs that look at it. */
  checkout(revision: string): Promise<Checkout>;
  /** A writable clone of the branch in a temporary folder. */
  workingClone(options: WorkingCloneOptions): Promise<WorkingClone>;
  /** Deletes the mirror's folder. */
  remove(): Promise<void>;
}

export interface Checkout {
  readonly folder: string;
  remove(): Promise<void>;
}

export interface GitFile {
  /** Relative to the repository's root. */
  path: string;
  /** `100644`, `100755`, `120000` (symbolic link). */
  mode: string;
  data: Uint8Array;
}

export interface WorkingCloneOptions {
  branch: string;
  userName: string;
  userEmail: string;
  /** Short name, for example `flux`. */
  notesRef: string;
  signingKey?: string;
}

export interface CommitRequest {
  message: string;
  author?: string;
  note?: string;
  /** Stage untracked files below the paths too. */
  addUntracked?: boolean;
  paths?: readonly string[];
}

export interface WorkingClone {
  readonly folder: string;
  head(): Promise<string>;
  /** `undefined` when nothing changed. Does not push. */
  commit(request: CommitRequest): Promise<string | undefined>;
  /**
   * Pushes branch and notes in one command.
   *
   * @throws GitError `PushRejected` when the remote has moved on (fetch and try again), `PushRefused` when it will not have it
   */
  push(): Promise<void>;
  remove(): Promise<void>;
}
