/** Waiting for an object to be as one wants it. */
import type { KubeObject } from '../objects/mod.ts';
import { backoffMs } from '../runtime/mod.ts';
import type { Clock } from '../runtime/mod.ts';
import type { KubeReader, ObjectRef } from './client.ts';

export interface WaitOptions {
  clock: Clock;
  timeoutMs: number;
  signal?: AbortSignal;
}

/**
 * Reads an object until it is accepted, at first every 100 ms, later every 2 s.
 *
 * @param accept is given `undefined` while there is no such object
 * @returns whether it was accepted in time
 * @throws KubeError what reading throws
 */
export async function waitForObject<T extends KubeObject>(
  client: KubeReader,
  ref: ObjectRef,
  accept: (object: T | undefined) => boolean,
  { clock, timeoutMs, signal }: WaitOptions,
): Promise<boolean> {
  const end = clock.now().getTime() + timeoutMs;
  for (let looks = 1; ; looks += 1) {
    if (accept(await client.get<T>(ref, signal === undefined ? {} : { signal }))) return true;
    const left = end - clock.now().getTime();
    if (left <= 0) return false;
    await clock.sleep(Math.min(left, backoffMs({ initialMs: 100, maxMs: 2000 }, looks)), signal);
  }
}
