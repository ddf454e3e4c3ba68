/** How far the controllers are with an object. Pure. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { conditionOf, countAt } from './read.ts';

export type Progress =
  | { is: 'ready' }
  | { is: 'working'; message: string }
  /** Ended, or to be tried again later. */
  | { is: 'failed'; message: string };

/** Of kinds with a Ready condition: what they say of their present generation. */
export function progressOf(object: KubeObject): Progress {
  const [ready, reconciling, stalled] = ['Ready', 'Reconciling', 'Stalled'].map((type) =>
    conditionOf(object, type),
  );
  const message = ready?.message ?? '';
  const working: Progress = { is: 'working', message };
  if (stalled?.status === 'True') return { is: 'failed', message: stalled.message };
  const generation = object.metadata.generation ?? 0;
  const observed = countAt(object, 'status', 'observedGeneration') ?? 0;
  // Some kinds write no generation into their conditions.
  const seen = (ready?.observedGeneration ?? 0) || observed;
  if (ready === undefined || seen !== generation) return working;
  if (ready.status === 'True')
    return reconciling?.status === 'True' || observed !== generation ? working : { is: 'ready' };
  const isAtWork = reconciling?.status === 'True' && reconciling.reason !== 'ProgressingWithRetry';
  if (ready.status !== 'False' || isAtWork) return working;
  return { is: 'failed', message };
}
