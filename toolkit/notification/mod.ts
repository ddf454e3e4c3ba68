/** Notifications: events out to people and services, webhooks in to objects. */
export { createDispatcher } from './dispatch.ts';
export type { Dispatcher } from './dispatch.ts';
export { createIdTokens } from './id-token.ts';
export { alertVersion, receiverKind, receiverVersion, staticKinds } from './receiver.ts';
export type { ReceiverDependencies } from './receiver.ts';
export { listenForEvents, listenForHooks } from './servers.ts';
