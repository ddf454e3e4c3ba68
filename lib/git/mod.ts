/** Runs the git program: mirrors, exports, commits, pushes. */
export type {
  CommitRequest,
  GitCommit,
  GitFile,
  GitRemote,
  Mirror,
  MirrorStatus,
  WorkingClone,
  WorkingCloneOptions,
} from './types.ts';
