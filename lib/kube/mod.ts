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
export { KubeError } from './errors.ts';
export type { KubeReason } from './errors.ts';
