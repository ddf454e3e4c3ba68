/** Talking to a Kubernetes API server. */
export type {
  ApplyOptions,
  CollectionRef,
  DeleteOptions,
  KubeClient,
  KubeReader,
  KubeWriter,
  ListOptions,
  ObjectList,
  ObjectRef,
  PatchType,
  ResourceType,
  Subresource,
  WatchEvent,
  WriteOptions,
} from './client.ts';
export { loadConnection } from './connection.ts';
export type { KubeConnection, KubeconfigOptions } from './connection.ts';
export { createKubeClient } from './create-client.ts';
export type { KubeClientOptions } from './create-client.ts';
export { isServerAway, KubeError } from './errors.ts';
export type { KubeReason } from './errors.ts';
export { createEventRecorder } from './event-recorder.ts';
export type { EventRecorder } from './event-recorder.ts';
export { impersonate, serviceAccountUser } from './impersonate.ts';
export { createInformer, objectKey } from './informer.ts';
export type { Informer } from './informer.ts';
export { createLeaderElection } from './leader-election.ts';
export type { LeaderElection, LeaderElectionOptions } from './leader-election.ts';
export { createSharedList } from './shared-list.ts';
export type { SharedList, SharedListOptions } from './shared-list.ts';
export { waitForObject } from './wait.ts';
export { createWorkQueue } from './work-queue.ts';
export type { WorkQueue } from './work-queue.ts';
