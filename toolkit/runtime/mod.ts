/** The controller runtime: what every kind of the toolkit is served by. */
export { createCaches } from './caches.ts';
export type { Caches, Collection, CollectionOptions } from './caches.ts';
export { Conditions, secondsOf } from './conditions.ts';
export type { ToolkitCondition } from './conditions.ts';
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
export { createMetrics } from './metrics.ts';
export type { Metrics } from './metrics.ts';
