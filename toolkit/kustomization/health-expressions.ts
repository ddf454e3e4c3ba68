/** `healthCheckExprs` of a Kustomization. */
import { Fault } from '../../lib/runtime/mod.ts';
import { readHealthExpressions as read } from '../health/mod.ts';
import type { HealthExpressions } from '../health/mod.ts';
import type { Fields } from '../runtime/mod.ts';
import { KustomizationError } from './errors.ts';

export type { HealthExpressions } from '../health/mod.ts';

/** @throws KustomizationError `InvalidCELExpression` */
export function readHealthExpressions(given: readonly Fields[]): HealthExpressions[] {
  try {
    return read(given);
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    throw new KustomizationError('InvalidCELExpression', cause.subject, cause.message, { cause });
  }
}
