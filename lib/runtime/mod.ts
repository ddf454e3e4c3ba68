/** What every program needs: faults, logging, time, retries, flags, subprocesses. Imports nothing of ours. */
export { systemClock } from './clock.ts';
export type { Clock } from './clock.ts';
export { formatDuration, parseDurationMs } from './duration.ts';
export { asError, Fault, isAbort, messageOf } from './fault.ts';
export type { FaultOptions, Next } from './fault.ts';
export { flagUsage, parseFlags } from './flags.ts';
export type { FlagSpec, FlagValues, ParsedFlags } from './flags.ts';
export { createHistogram } from './histogram.ts';
export type { Histogram, HistogramOptions } from './histogram.ts';
export { createLogger, memoryLogger } from './logger.ts';
export type { LogFields, Logger, LogFormat } from './logger.ts';
export { allEnded, inParallel } from './parallel.ts';
export {
  parseListenAddress,
  programVersion,
  runTogether,
  startProgram,
  stopSignal,
} from './program.ts';
export type { CommandLine, Host, Program } from './program.ts';
export { parseBool } from './parse-bool.ts';
export { readUpTo } from './read-up-to.ts';
export { isRecord } from './record.ts';
export { backoffMs, retry } from './retry.ts';
export type { Backoff, RetryOptions } from './retry.ts';
export { runProgram } from './subprocess.ts';
export type { RunOptions, RunResult } from './subprocess.ts';
