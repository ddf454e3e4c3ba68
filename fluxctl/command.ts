/** What every verb of fluxctl is. */
import type { Clock, FlagSpec } from '../lib/runtime/mod.ts';
import type { FluxClient } from './client.ts';
import type { Keys } from './print/keys.ts';
import type { ProgramCommands } from './simulation/programs.ts';
import { UsageError } from './errors.ts';

/** The world as fluxctl sees it; the entry point binds it to the process, tests to something else. */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  version: string;
  out: (text: string) => void;
  err: (text: string) => void;
  /** A value of the git configuration, '' when unset. */
  gitConfig: (key: string) => string;
  /** Opens the terminal for single key strokes. @throws Fault `NoTerminal` */
  openKeys: () => Promise<Keys>;
  /** How fluxd and helm-operator are started, for verbs that simulate. */
  programs: ProgramCommands;
  /** File that defines the HelmRelease kind. */
  helmReleaseDefinition: string;
  /** Ends what would go on for ever, such as `get --watch`; default: nothing does. */
  signal?: AbortSignal;
}

export interface CommandContext extends Surroundings {
  /** Connects when it is asked for: not every verb talks to fluxd. */
  client: FluxClient;
  /** For waiting on a job, and again on a sync. */
  timeoutMs: number;
  /** Namespace of `-n`, or of the kubeconfig's context, or `default`. */
  namespace: string;
  /** `Name <mail>` out of the git configuration, '' when there is none. */
  user: string;
  args: readonly string[];
  /** Every verb there is. */
  commands: readonly Command[];
}

export interface Command {
  name: string;
  /** How it is called, when there is more than the name: `completion SHELL`. */
  usage?: string;
  aliases?: readonly string[];
  short: string;
  /** Further explanation. */
  long?: string;
  examples?: readonly string[];
  /** One by the name of a global flag stands in its place. */
  flags: readonly FlagSpec[];
  /** Words that may follow the name, for completion. */
  words?: readonly string[];
  /** Whether it does without fluxd; default false. */
  offline?: boolean | ((values: FlagMap, args: readonly string[]) => boolean);
  /** Whether it takes arguments that are no flags; default false. */
  takesArguments?: boolean;
  run(context: CommandContext, values: FlagMap): Promise<void>;
}

export type FlagMap = Readonly<Record<string, unknown>>;

export const namespaceFlag = {
  name: 'namespace',
  short: 'n',
  type: 'string',
  default: '',
  help: 'Workload namespace',
} as const;

export const causeFlags = [
  {
    name: 'message',
    short: 'm',
    type: 'string',
    default: '',
    help: 'attach a message to the update',
  },
  {
    name: 'user',
    type: 'string',
    default: '',
    help: 'who asks for the update, when it is not the user of the git configuration',
  },
] as const;

export const verboseFlag = {
  name: 'verbose',
  short: 'v',
  type: 'count',
  default: 0,
  help: 'show skipped workloads, and with -vv ignored ones',
} as const;

export const formatFlag = {
  name: 'output-format',
  short: 'o',
  type: 'string',
  default: 'tab',
  help: 'Output format (tab or json)',
} as const;

/** Of verbs whose ordinary output is no table. */
export const textFormatFlag = {
  name: 'output-format',
  short: 'o',
  type: 'string',
  default: 'text',
  help: 'Output format (text or json)',
} as const;

/** Of verbs that print manifests, whose `-o` means something else. */
export const yamlFormatFlag = {
  name: 'output-format',
  type: 'string',
  default: 'yaml',
  help: 'Output format of what is printed (yaml or json)',
} as const;

/** The value of a format flag. @param plain what it is called beside `json` @throws UsageError */
export function formatOf<const Plain extends string>(
  values: FlagMap,
  plain: Plain,
): Plain | 'json' {
  const format = text(values, 'output-format');
  if (format !== plain && format !== 'json')
    throw new UsageError('invalid output format specified');
  return format === 'json' ? format : plain;
}

/** Still accepted under its old name. */
export const oldWorkloadFlag = {
  name: 'controller',
  short: 'c',
  default: '',
  type: 'string',
  help: 'old name of --workload',
  deprecated: 'changed to --workload, use that instead',
} as const;

/** Values of flags by their declared type; the table guarantees it. */
export const text = (values: FlagMap, name: string): string => {
  const value = values[name];
  return typeof value === 'string' ? value : '';
};
export const flag = (values: FlagMap, name: string): boolean => values[name] === true;
export const count = (values: FlagMap, name: string): number => Number(values[name] ?? 0);
export const texts = (values: FlagMap, name: string): string[] => {
  const value = values[name];
  return Array.isArray(value) ? value.map(String) : [];
};
