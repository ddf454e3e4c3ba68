/** What a kind brings along to be served; see README.md in this folder. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import type { CollectionOptions } from './caches.ts';
import type { Draft } from './draft.ts';

/** What comes after one look at an object. */
export type Outcome =
  /** All is as wanted (or nothing can be done but to come back): the next look is due after a time. */
  | { next: 'later'; afterMs: number; observed: boolean; jitter: boolean }
  /** Something came in between: at once, then with growing pauses. */
  | { next: 'again' }
  /** It did not work: with growing pauses. */
  | { next: 'retry'; error: unknown }
  /** Only a change of the object, or of what it watches, is worth another look. */
  | { next: 'stop'; observed: boolean };

/** The look succeeded; the next one is due after the object's interval. */
export const settled = (intervalMs: number): Outcome => ({
  next: 'later',
  afterMs: intervalMs,
  observed: true,
  jitter: true,
});

/** Something is missing that is likely to come by itself. */
export const waiting = (afterMs: number): Outcome => ({
  next: 'later',
  afterMs,
  observed: false,
  jitter: false,
});

export const retrying = (error: unknown): Outcome => ({ next: 'retry', error });

/** A person has to change something. */
export const stalled: Outcome = { next: 'stop', observed: true };

/** Another collection whose changes concern objects of a kind. */
export interface Watch extends CollectionOptions {
  /** Keys of the objects that are to be looked at. */
  affected(now: KubeObject | undefined, before: KubeObject | undefined): Iterable<string>;
}

export interface Kind {
  /** `GitRepository`. */
  name: string;
  /** The version in which objects are read and written. */
  apiVersion: string;
  /** `source-controller`: field manager, component of Events, name in metrics. */
  controller: string;
  /** Objects that need nothing done: no finalizer, no status. */
  isStatic?(object: KubeObject): boolean;
  watches?: readonly Watch[];
  /** Looks wait most of their time for others: the kind itself limits how many are at work. */
  mayWait?: boolean;
  /**
   * One look. Status and conditions are changed on the draft and saved by the caller at the end; long work saves its
   * progress itself. Not called for suspended objects.
   *
   * @throws anything: tried again, as with `retry`
   */
  reconcile(draft: Draft, signal: AbortSignal): Promise<Outcome>;
  /** What the status says of an object that is suspended; saved by the caller. */
  whenSuspended?(draft: Draft): void;
  /**
   * Cleans up before an object goes; also for suspended ones.
   *
   * @throws anything: the object stays, and it is tried again
   */
  remove(draft: Draft, signal: AbortSignal): Promise<void>;
}
