/** What a command is given: streams, environment, and the cluster on demand. */
import { HelmError } from '../chart/mod.ts';
import type { KubeClient } from '../../kube/mod.ts';
import type { Clock, FlagSpec, FlagValues } from '../../runtime/mod.ts';
import type { HelmEngine } from '../action/mod.ts';
import type { globalFlags } from './flags.ts';
import type { Settings } from './settings.ts';

export interface Streams {
  out: (text: string) => void;
  err: (text: string) => void;
  readInput: () => Promise<string>;
}

export interface CommandContext extends Streams {
  /** As the program was called. */
  program: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Of the user. */
  home: string;
  clock: Clock;
  global: FlagValues<typeof globalFlags>;
  settings: Settings;
  signal: AbortSignal;
  /** Of the flag, the environment or the kubeconfig, else `default`. */
  namespace: () => Promise<string>;
  cluster: () => Promise<{ kube: KubeClient; engine: HelmEngine }>;
}

export interface Command<T extends readonly FlagSpec[] = readonly FlagSpec[]> {
  /** As the usage line shows it, for example `history RELEASE_NAME`. */
  usage: string;
  /** A few sentences for `--help`. */
  help: string;
  flags: T;
  /** How many arguments there must be. */
  args: { least: number; most?: number };
  run: (
    context: CommandContext,
    args: readonly string[],
    flags: FlagValues<T>,
    given: ReadonlySet<string>,
  ) => Promise<void>;
}

/** Keeps the flag types of a command while it is declared. */
export function command<const T extends readonly FlagSpec[]>(spec: Command<T>): Command<T> {
  return spec;
}

/** An error of use, worded as Helm words it. */
export function refuse(message: string): HelmError {
  return new HelmError('InvalidValues', 'command line', message);
}
