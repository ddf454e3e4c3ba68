/** What the controllers need of the API server's store: reads and writes of an in-process cluster. */
import type { KubeObject } from '../../lib/objects/mod.ts';

export interface Ref {
  apiVersion: string;
  kind: string;
  namespace?: string | undefined;
  name: string;
}

export interface Change {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: KubeObject;
}

/**
 * Objects are handed out for reading only; writes take whole objects. Writes throw what the API server would answer; a
 * reconcile that throws is run again with back-off.
 */
export interface Cluster {
  get(ref: Ref): KubeObject | undefined;
  list(apiVersion: string, kind: string, namespace?: string): readonly KubeObject[];
  /** With defaults and the server's own metadata; the stored object is returned. */
  create(object: KubeObject): KubeObject;
  /** Everything but the status. */
  update(object: KubeObject): void;
  updateStatus(object: KubeObject): void;
  /** Removes at once, without a grace period; no error when it is gone. */
  remove(ref: Ref): void;
  /** Every change of every kind from now on, after the objects that exist; returns how to stop. */
  watch(listener: (change: Change) => void): () => void;
}
