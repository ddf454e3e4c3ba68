/** Waiting for objects of a Kustomization. */
import { waitUntilHealthy } from '../health/mod.ts';
import type { WaitedFor, WaitOptions } from '../health/mod.ts';
import { KustomizationError } from './errors.ts';

export type { WaitedFor } from '../health/mod.ts';

/** @throws KustomizationError with the message of `waitUntilHealthy` */
export const waitForSet = (
  set: readonly WaitedFor[],
  options: Omit<WaitOptions, 'failure'> & { failure: 'ReconciliationFailed' | 'HealthCheckFailed' },
): Promise<void> =>
  waitUntilHealthy(set, {
    ...options,
    failure: (message) => new KustomizationError(options.failure, 'wait', message),
  });
