/** What a kind of objects is to the verbs about objects, and what those of Flux v2 have in common. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { conditionOf, textAt } from './read.ts';

/** How an object says that it is not to be looked at. */
export type Pause =
  | { by: 'spec' }
  /** `value`, or `true`, in whatever case. */
  | { by: 'annotation'; key: string; value?: string }
  /** It has no such thing. */
  | { by: 'nothing' };

/** What asks for a look at once, and how one knows that it was taken. */
export type Request =
  | { by: 'requestedAt' }
  /** By an annotation; that it was handled is told by an Event with one of these reasons. */
  | { by: 'event'; annotation: string; succeeded: string; failed: string }
  /** Nothing looks at it by itself. */
  | { by: 'nothing' };

export interface State {
  status: string;
  message: string;
}

export interface Column {
  title: string;
  of(object: KubeObject): string;
  /** Long hashes are shortened. */
  short?: boolean;
}

export interface SourceRef {
  kind: string;
  namespace: string;
  name: string;
}

export interface FluxKind {
  generation: 1 | 2;
  kind: string;
  group: string;
  /** Asked for first; a server that has not got it may have another. */
  version: string;
  /** In sentences: `source git`. */
  human: string;
  /** What it is called by one word; all of them also with `.group` behind. */
  names: readonly string[];
  /** What it is called behind `source`, `image` or `artifact`. */
  family?: { of: 'source' | 'image' | 'artifact'; name: string };
  pause: Pause;
  request: Request;
  /** Between name and state. */
  columns: readonly Column[];
  /** Whether the table says if it is paused. */
  showsPause: boolean;
  state(object: KubeObject): State;
  /** Whether long hashes in its message are shortened. */
  shortMessage: boolean;
  /** Nothing works at it, so that there is nothing to wait for. */
  isStatic(object: KubeObject): boolean;
  /** Said when it was looked at with success. */
  success(object: KubeObject): string;
  /** Where what it applies comes from. */
  source(object: KubeObject): SourceRef | undefined;
  /** Of kinds that others use too: which of them are Flux's. */
  isOurs?(object: KubeObject): boolean;
}

export const groups = {
  source: 'source.toolkit.fluxcd.io',
  helm: 'helm.toolkit.fluxcd.io',
  kustomize: 'kustomize.toolkit.fluxcd.io',
  notification: 'notification.toolkit.fluxcd.io',
  image: 'image.toolkit.fluxcd.io',
  extensions: 'source.extensions.fluxcd.io',
} as const;

const waiting: State = { status: 'False', message: 'waiting to be reconciled' };

export const stateBy =
  (type: string) =>
  (object: KubeObject): State =>
    conditionOf(object, type) ?? waiting;

export const artifactRevision = (object: KubeObject) =>
  textAt(object, 'status', 'artifact', 'revision');
export const revision = (of: (object: KubeObject) => string, short = true): Column => ({
  title: 'Revision',
  of,
  short,
});
const never = () => false;

export const second: Pick<
  FluxKind,
  | 'generation'
  | 'pause'
  | 'request'
  | 'columns'
  | 'showsPause'
  | 'state'
  | 'shortMessage'
  | 'isStatic'
  | 'source'
> = {
  generation: 2,
  pause: { by: 'spec' },
  request: { by: 'requestedAt' },
  columns: [],
  showsPause: true,
  state: stateBy('Ready'),
  shortMessage: false,
  isStatic: never,
  source: () => undefined,
};

export const refAt = (object: KubeObject, ...path: readonly string[]): SourceRef | undefined => {
  const name = textAt(object, ...path, 'name');
  if (name === '') return undefined;
  const namespace = textAt(object, ...path, 'namespace') || (object.metadata.namespace ?? '');
  return { kind: textAt(object, ...path, 'kind'), namespace, name };
};
