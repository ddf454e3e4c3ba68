/** Spoilt inputs into the engine, and whether what came of them is worthy of it. */
import { Fault } from '../../lib/runtime/mod.ts';
import { createRandom } from '../differential/random.ts';
import { mutate } from './mutate.ts';
import type { Target } from './targets.ts';

export interface Finding {
  target: string;
  seed: number;
  /** Base64. */
  input: string;
  what: string;
}

/** The input that a seed stands for. */
export function inputOf(target: Target, seed: number): Uint8Array {
  const random = createRandom(seed);
  return mutate(target.seed(random), random);
}

/**
 * @param boundMs of processor time
 * @returns nothing when it was read, or refused as Helm refuses
 */
export function tryInput(target: Target, seed: number, boundMs: number): Finding | undefined {
  const input = inputOf(target, seed);
  const before = process.cpuUsage();
  let what: string | undefined;
  try {
    target.read(input);
  } catch (thrown) {
    what = crashOf(thrown);
  }
  const { user } = process.cpuUsage(before);
  if (what === undefined && user / 1000 > boundMs)
    what = `took ${Math.round(user / 1000)} ms of processor time`;
  if (what === undefined) return undefined;
  return { target: target.name, seed, input: Buffer.from(input).toString('base64'), what };
}

/** Mistakes of a program. */
const native = [TypeError, ReferenceError, RangeError];

function crashOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Fault))
    return `not of ours: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`;
  for (let cause: unknown = thrown.cause; cause instanceof Error; cause = cause.cause) {
    // A stack that ran out is told as a limit, and JSON that is none in Go's words.
    const isOverflow = cause instanceof RangeError && /call stack/i.test(cause.message);
    const isMistake = native.some((type) => cause instanceof type) && !isOverflow;
    if (isMistake || (thrown.message.includes(cause.message) && cause instanceof SyntaxError))
      return `${thrown.message} because of ${cause.stack ?? cause.message}`;
    if (isOverflow && /call stack/i.test(thrown.message)) return thrown.message;
  }
  return undefined;
}
