/** What every verb of fluxctl is. */
import type { Clock, FlagSpec } from '../lib/runtime/mod.ts';
import type { FluxClient } from './client.ts';

export interface CommandContext {
  client: FluxClient;
  clock: Clock;
  /** For waiting on a job, and again on a sync. */
  timeoutMs: number;
  /** Namespace of `-n`, or of the kubeconfig's context. */
  namespace: string;
  out: (text: string) => void;
  err: (text: string) => void;
  /** `Name <mail>` out of the git configuration, '' when there is none. */
  user: string;
}

export interface Command {
  name: string;
  aliases?: readonly string[];
  short: string;
  flags: readonly FlagSpec[];
  run(context: CommandContext, values: Readonly<Record<string, unknown>>): Promise<void>;
}

export const namespaceFlag = {
  name: 'namespace',
  short: 'n',
  type: 'string',
  default: '',
  help: 'namespace of the workload',
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
    help: 'override the user reported as initiating the update',
  },
] as const;

/** Values of flags by their declared type; the table guarantees it. */
export const text = (values: Readonly<Record<string, unknown>>, name: string): string => {
  const value = values[name];
  return typeof value === 'string' ? value : '';
};
export const flag = (values: Readonly<Record<string, unknown>>, name: string): boolean =>
  values[name] === true;
export const count = (values: Readonly<Record<string, unknown>>, name: string): number =>
  Number(values[name] ?? 0);
export const texts = (values: Readonly<Record<string, unknown>>, name: string): string[] => {
  const value = values[name];
  return Array.isArray(value) ? value.map(String) : [];
};
