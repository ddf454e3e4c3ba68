/** Runs the git program: mirrors, reads without checkout, commits, notes, tags, pushes. */
export { gitCommand } from './command.ts';
export type { Git, GitCall, GitOptions } from './command.ts';
export { GitError } from './errors.ts';
export type { GitReason } from './errors.ts';
export { openMirror } from './mirror.ts';
export type { MirrorOptions } from './mirror.ts';
export { verifyPgpSignature } from './pgp-signature.ts';
export { signatureType, splitCommit, splitTag } from './signed-object.ts';
export type { SignedObject } from './signed-object.ts';
export { SshSignatureProblem, verifySshSignature } from './ssh-signature.ts';
export type {
  Checkout,
  CommitRequest,
  GitCommit,
  GitFile,
  GitRemote,
  Mirror,
  MirrorStatus,
  WorkingClone,
  WorkingCloneOptions,
} from './types.ts';
export { hidePasswords, isHttpUrl, safeUrl, splitCredentials, withCredentials } from './url.ts';
export type { HttpCredentials } from './url.ts';
