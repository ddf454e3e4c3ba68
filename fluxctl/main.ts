/** fluxctl: which verb, which flags, which exit status. */
import { execFileSync } from 'node:child_process';
import { Fault, flagUsage, messageOf, parseFlags, systemClock } from '../lib/runtime/mod.ts';
import type { FlagSpec } from '../lib/runtime/mod.ts';
import { createFluxClient } from './client.ts';
import { text } from './command.ts';
import type { Command } from './command.ts';
import { listImages } from './commands/list-images.ts';
import { listWorkloads } from './commands/list-workloads.ts';
import { policy, shortForms } from './commands/policy.ts';
import { release } from './commands/release.ts';
import { identity, sync } from './commands/sync.ts';
import { connect } from './connect.ts';
import { ApiError, UsageError } from './errors.ts';

const commands: readonly Command[] = [
  ...shortForms,
  identity,
  listImages,
  listWorkloads,
  policy,
  release,
  sync,
];

const globalFlags = [
  { name: 'context', type: 'string', default: '', help: 'the kubeconfig context to use' },
  {
    name: 'k8s-fwd-ns',
    type: 'string',
    default: 'default',
    help: 'namespace in which fluxd is running',
    env: 'FLUX_FORWARD_NAMESPACE',
  },
  {
    name: 'k8s-fwd-labels',
    type: 'string',
    default: 'app=flux',
    help: 'labels used to select the fluxd pod',
    env: 'FLUX_FORWARD_LABELS',
  },
  {
    name: 'url',
    short: 'u',
    type: 'string',
    default: '',
    help: 'base URL of the Flux API; no port forward then',
    env: 'FLUX_URL',
  },
  {
    name: 'token',
    short: 't',
    type: 'string',
    default: '',
    help: 'authentication token',
    env: 'FLUX_SERVICE_TOKEN',
  },
  {
    name: 'timeout',
    type: 'duration',
    default: 60_000,
    help: 'how long to wait for a job, and again for a sync',
    env: 'FLUX_TIMEOUT',
  },
] as const satisfies readonly FlagSpec[];

async function main(argv: readonly string[]): Promise<void> {
  const verbAt = argv.findIndex(
    (word) => commandNamed(word) !== undefined || word === 'version' || word === 'help',
  );
  const verb = argv[verbAt];
  if (verb === 'version') {
    console.log(process.env.REFLUX_VERSION ?? 'unversioned');
    return;
  }
  const command = verb === undefined ? undefined : commandNamed(verb);
  if (command === undefined) {
    const word = argv.find((each) => !each.startsWith('-'));
    if (verb === undefined && word !== undefined)
      throw new UsageError(`unknown command "${word}" for "fluxctl"`);
    console.log(overview());
    return;
  }
  const flags: readonly FlagSpec[] = [...globalFlags, ...command.flags];
  let parsed;
  try {
    parsed = parseFlags(flags, argv.toSpliced(verbAt, 1), { env: process.env });
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.reason === 'Help') {
      console.log(
        `${command.short}\n\nUsage:\n  fluxctl ${command.name} [flags]\n\nFlags:\n${flagUsage(command.flags)}\nGlobal Flags:\n${flagUsage(globalFlags)}`,
      );
      return;
    }
    throw thrown;
  }
  if (parsed.args.length > 0) throw new UsageError('expected no (non-flag) arguments');
  const values = parsed.values as Readonly<Record<string, unknown>>;
  const connected = await connect({
    url: text(values, 'url'),
    context: text(values, 'context'),
    namespace: text(values, 'k8s-fwd-ns'),
    labels: text(values, 'k8s-fwd-labels'),
  });
  try {
    await command.run(
      {
        client: createFluxClient({ url: connected.url, token: text(values, 'token') }),
        clock: systemClock,
        timeoutMs: Number(values.timeout),
        namespace: text(values, 'namespace') || 'default',
        out: (line) => process.stdout.write(line),
        err: (line) => process.stderr.write(line),
        user: gitUser(),
      },
      values,
    );
  } finally {
    await connected.close();
  }
}

const commandNamed = (word: string): Command | undefined =>
  commands.find(({ name, aliases }) => name === word || aliases?.includes(word) === true);

function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const list = [...commands]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, short }) => `  ${name.padEnd(width)}  ${short}`)
    .join('\n');
  return `fluxctl helps you deploy your code.\n\nCommands:\n${list}\n  ${'version'.padEnd(width)}  Output the version of fluxctl\n\nGlobal Flags:\n${flagUsage(globalFlags)}`;
}

/** `Name <mail>` of the git configuration, or whichever exists. */
function gitUser(): string {
  const read = (key: string): string => {
    try {
      return execFileSync('git', ['config', key], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
    } catch {
      // Unset, or git is not installed: nobody is named.
      return '';
    }
  };
  const [name, mail] = [read('user.name'), read('user.email')];
  return name !== '' && mail !== '' ? `${name} <${mail}>` : name || mail;
}

main(process.argv.slice(2)).catch((thrown: unknown) => {
  if (thrown instanceof ApiError && thrown.help !== '')
    console.error(`== Error ==\n\n${thrown.help}`);
  else console.error(`Error: ${messageOf(thrown)}\nRun 'fluxctl --help' for usage.`);
  process.exitCode = 1;
});
