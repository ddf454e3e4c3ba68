/** The controller runtime: what every kind of the toolkit is served by. */
export { createCaches } from './caches.ts';
export type { Caches, Collection, CollectionOptions, Listener } from './caches.ts';
export { createCloudIdentities } from './cloud-identities.ts';
export type { CloudIdentities } from './cloud-identities.ts';
export { Conditions, conditionsOf, secondsOf } from './conditions.ts';
export type { ToolkitCondition } from './conditions.ts';
export {
  accountNeedsGate,
  accountNeedsGateFor,
  defaultGates,
  gatesWithoutEffect,
  readFeatureGates,
} from './feature-gate.ts';
export type { FeatureGates } from './feature-gate.ts';
export { markMisconfigured } from './configuration-error.ts';
export { readConstraint } from './constraint.ts';
export { createController, finalizer } from './controller.ts';
export type { Controller, ControllerOptions } from './controller.ts';
export { openDraft, requestedAtKey } from './draft.ts';
export type { Draft } from './draft.ts';
export { createTell } from './events.ts';
export type { FluxEvent, InvolvedObject, Tell, ToolkitEvent } from './events.ts';
export { compileExpression } from './expression.ts';
export type { Expression } from './expression.ts';
export { Fields } from './fields.ts';
export { retrying, settled, stalled, waiting } from './kind.ts';
export type { Kind, Outcome, Watch } from './kind.ts';
export { listenOn } from './listen.ts';
export type { HttpListener, Listen } from './listen.ts';
export { createMetrics } from './metrics.ts';
export type { Metrics } from './metrics.ts';
export { ownAccount } from './own-account.ts';
export { patchesOf } from './patches.ts';
export { pullSecretsOf } from './pull-secrets.ts';
export { readOnlyDraft } from './read-only-draft.ts';
export { referenceWatch, withoutReferenceWatches } from './reference-watch.ts';
export { readShard, shardOf } from './shard.ts';
export type { Serves } from './shard.ts';
export { createSlots } from './slots.ts';
export type { Slots } from './slots.ts';
export { pathsFor } from './target.ts';
export type { TargetRule } from './target.ts';
export { issueToken } from './token-request.ts';
export type { AccountName } from './token-request.ts';
