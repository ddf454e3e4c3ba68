/** Help texts out of the tables of verbs and flags. */
import { flagUsage } from '../lib/runtime/mod.ts';
import type { FlagSpec } from '../lib/runtime/mod.ts';
import type { Command } from './command.ts';

export const globalFlags = [
  {
    name: 'context',
    type: 'string',
    default: '',
    help: 'The kubeconfig context to use; the current one when empty',
  },
  {
    name: 'k8s-fwd-ns',
    type: 'string',
    default: 'default',
    help: 'Namespace in which fluxd is running, for the port forward to its API; none is made when a URL or token is given. Environment: FLUX_FORWARD_NAMESPACE',
    env: 'FLUX_FORWARD_NAMESPACE',
  },
  {
    name: 'k8s-fwd-labels',
    type: 'string',
    default: 'app=flux',
    help: 'Labels of the fluxd pod to forward to, as k=v,k2=v2. Environment: FLUX_FORWARD_LABELS',
    env: 'FLUX_FORWARD_LABELS',
  },
  {
    name: 'url',
    short: 'u',
    type: 'string',
    default: '',
    help: 'Base URL of the Flux API, for example http://127.0.0.1:3030/api/flux. Environment: FLUX_URL',
    env: 'FLUX_URL',
  },
  {
    name: 'token',
    short: 't',
    type: 'string',
    default: '',
    help: 'Authentication token. Environment: FLUX_SERVICE_TOKEN, WEAVE_CLOUD_TOKEN',
    env: 'FLUX_SERVICE_TOKEN',
  },
  {
    name: 'timeout',
    type: 'duration',
    default: 60_000,
    help: 'How long to wait for a job, and again for a sync. Environment: FLUX_TIMEOUT',
    env: 'FLUX_TIMEOUT',
  },
] as const satisfies readonly FlagSpec[];

/** The global flags that a verb does not declare anew, with a default of its own. */
export const globalFlagsOf = ({ flags }: Pick<Command, 'flags'>): FlagSpec[] =>
  globalFlags.filter(({ name }) => !flags.some((own) => own.name === name));

export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const list = [...commands]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, short }) => `  ${name.padEnd(width)} ${short}\n`)
    .join('');
  return `fluxctl helps you deploy your code.

Connecting:

  # To fluxd in the namespace "default" of the current context
  fluxctl list-workloads

  # To fluxd in the namespace "weave"
  fluxctl --k8s-fwd-ns=weave list-workloads

Workflow:
  fluxctl list-workloads                                                   # What is running?
  fluxctl list-images --workload=default:deployment/foo                    # Which images are there?
  fluxctl release --workload=default:deployment/foo --update-image=bar:v2  # Release one of them

Usage:
  fluxctl [command]

Available Commands:
${list}
Flags:
${flagUsage(globalFlags)}
Use "fluxctl [command] --help" for more information about a command.
`;
}

export function commandHelp(command: Command): string {
  const { name, usage = name, aliases, short, long, examples, flags } = command;
  const sections = [
    `${long ?? short}\n`,
    `Usage:\n  fluxctl ${usage} [flags]\n`,
    ...(aliases === undefined ? [] : [`Aliases:\n  ${[name, ...aliases].join(', ')}\n`]),
    ...(examples === undefined
      ? []
      : [`Examples:\n${examples.map((example) => `  ${example}\n`).join('')}`]),
    ...(flags.length === 0 ? [] : [`Flags:\n${flagUsage(flags)}`]),
    `Global Flags:\n${flagUsage(globalFlagsOf(command))}`,
  ];
  return sections.join('\n');
}
