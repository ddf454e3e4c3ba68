/** The verbs of a Kubernetes API server, as the programs use them. Implementations wrap one another (see mod.ts). */
import type { KubeObject } from '../objects/mod.ts';

/** A kind as the API server serves it (from discovery). */
export interface ResourceType {
  group: string;
  version: string;
  kind: string;
  /** Plural, as in the URL. */
  resource: string;
  namespaced: boolean;
  verbs: readonly string[];
  shortNames?: readonly string[];
}

/** Names one object. `namespace` is required for namespaced kinds and absent for the others. */
export interface ObjectRef {
  apiVersion: string;
  kind: string;
  namespace?: string | undefined;
  name: string;
}

/** Names a collection; no namespace means all. */
export interface CollectionRef {
  apiVersion: string;
  kind: string;
  namespace?: string | undefined;
}

export interface ListOptions {
  labelSelector?: string;
  fieldSelector?: string;
  /** Objects asked for per request, default 500; pages are followed to the end. */
  pageSize?: number;
  /** The server may answer from its cache, which costs it far less and can lag behind what is stored. */
  mayBeStale?: boolean;
  signal?: AbortSignal;
}

export interface ObjectList<T extends KubeObject = KubeObject> {
  resourceVersion: string;
  items: T[];
}

export interface WriteOptions {
  dryRun?: boolean;
  fieldManager?: string;
  /** `Strict` refuses unknown and duplicate fields, `Warn` reports, `Ignore` drops them. Default: the server's. */
  fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
  signal?: AbortSignal;
}

export interface ApplyOptions extends WriteOptions {
  fieldManager: string;
  /** Take over fields that other managers own; without it a conflict is an error. */
  force: boolean;
}

export type PatchType = 'json' | 'merge' | 'strategic';

export interface DeleteOptions {
  propagation?: 'Background' | 'Foreground' | 'Orphan';
  gracePeriodSeconds?: number;
  /** Delete only this incarnation. */
  uid?: string;
  dryRun?: boolean;
  signal?: AbortSignal;
}

export type Subresource = 'status' | 'scale';

export type WatchEvent<T extends KubeObject = KubeObject> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; object: T }
  /** The server's Status, for example 410 Expired. */
  | { type: 'ERROR'; object: KubeObject };

export interface KubeReader {
  /** `undefined` when the object (or its kind's API) does not exist. */
  get<T extends KubeObject = KubeObject>(
    ref: ObjectRef,
    options?: { signal?: AbortSignal },
  ): Promise<T | undefined>;
  list<T extends KubeObject = KubeObject>(
    of: CollectionRef,
    options?: ListOptions,
  ): Promise<ObjectList<T>>;
  /** As `list`, but only `apiVersion`, `kind` and `metadata` of each object (PartialObjectMetadata). */
  listMetadata(of: CollectionRef, options?: ListOptions): Promise<ObjectList>;
}

export interface KubeWriter {
  create<T extends KubeObject>(object: T, options?: WriteOptions): Promise<T>;
  /** PUT; the object's resourceVersion is checked by the server when present. */
  update<T extends KubeObject>(
    object: T,
    options?: WriteOptions & { subresource?: Subresource },
  ): Promise<T>;
  patch(
    ref: ObjectRef,
    type: PatchType,
    patch: unknown,
    options?: WriteOptions & { subresource?: Subresource },
  ): Promise<KubeObject>;
  /** Server-side apply. */
  apply(object: KubeObject, options: ApplyOptions): Promise<KubeObject>;
  /** `false` when there was nothing to delete. */
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<boolean>;
}

export interface KubeClient extends KubeReader, KubeWriter {
  /** One watch connection; ends when the server closes it, throws on transport errors. */
  watch<T extends KubeObject = KubeObject>(
    of: CollectionRef,
    options: {
      resourceVersion: string;
      labelSelector?: string;
      fieldSelector?: string;
      /** Only `apiVersion`, `kind` and `metadata` of each object. */
      metadataOnly?: boolean;
      signal: AbortSignal;
    },
  ): AsyncIterable<WatchEvent<T>>;
  /**
   * The served kind, or `undefined` when the server knows no such kind now. Discovery is cached; a miss refreshes it
   * (at most once in ten seconds).
   */
  resourceType(kind: { apiVersion: string; kind: string }): Promise<ResourceType | undefined>;
  /** Every kind served in its group's preferred version, plus those only other versions serve. */
  resourceTypes(): Promise<readonly ResourceType[]>;
  /** Forget cached discovery, for example after a CustomResourceDefinition changed. */
  invalidateDiscovery(): void;
  serverVersion(): Promise<{ major: string; minor: string; gitVersion: string }>;
  /** Any other path below the server, for example a pod's log; the body as text. */
  raw(
    method: string,
    path: string,
    options?: { body?: unknown; accept?: string; signal?: AbortSignal },
  ): Promise<string>;
  close(): Promise<void>;
}
