/** Signatures of Notary Project (Notation) over artifacts: trust policies, envelopes, certificates. */
export { NotationError } from './errors.ts';
export type { NotationReason } from './errors.ts';
export type { AskServer } from './revocation.ts';
export { policyFor, readTrustPolicies } from './trust-policy.ts';
export type { TrustPolicy } from './trust-policy.ts';
export type { Check } from './verification-level.ts';
export { envelopeTypes, verifySignature } from './verify.ts';
export type { Findings, Target, VerifyTools } from './verify.ts';
