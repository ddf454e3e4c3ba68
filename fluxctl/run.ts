/** Finds the verb on the command line, connects if it needs fluxd, and turns failures into an exit status (spec flux-v1 §9.1). */
import { loadConnection } from '../lib/kube/mod.ts';
import { editDistance } from '../lib/manifest/mod.ts';
import { Fault, messageOf, parseFlags } from '../lib/runtime/mod.ts';
import type { FlagSpec } from '../lib/runtime/mod.ts';
import { createFluxClient } from './client.ts';
import { text } from './command.ts';
import type { Command, FlagMap, Surroundings } from './command.ts';
import { commands } from './commands/all.ts';
import { connect, unconnected } from './connect.ts';
import { ApiError, UsageError, VerbFailed } from './errors.ts';
import { commandHelp, globalFlags, globalFlagsOf, overview } from './help.ts';

const cloudUrl = 'https://cloud.weave.works/api/flux';

/** @param argv without the program's name @returns the exit status */
export async function runFluxctl(argv: readonly string[], around: Surroundings): Promise<number> {
  const found = findCommand(argv);
  const path = found.command === undefined ? 'fluxctl' : `fluxctl ${found.command.name}`;
  try {
    if (found.command === undefined) runRoot(found.rest, around);
    else await runCommand(found.command, found.rest, around);
    return 0;
  } catch (thrown) {
    if (thrown instanceof VerbFailed) {
      around.err(`${thrown.sign} ${thrown.message}\n`);
      return thrown.status;
    }
    if (thrown instanceof ApiError && thrown.help !== '')
      around.err(`== Error ==\n\n${thrown.help}\n`);
    else around.err(`Error: ${messageOf(thrown)}\nRun '${path} --help' for usage.\n`);
    return 1;
  }
}

/** The first word that is neither a flag nor a flag's value names the verb. */
function findCommand(argv: readonly string[]): { command: Command | undefined; rest: string[] } {
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? '';
    if (word === '--') break;
    if (word.startsWith('-')) {
      const bare = word === '--help' || word === '-h' || word.includes('=');
      if (!bare && (word.startsWith('--') || word.length === 2)) at += 1;
      continue;
    }
    const command = commands.find(
      ({ name, aliases }) => name === word || aliases?.includes(word) === true,
    );
    if (command === undefined && word === 'help')
      return { command: undefined, rest: ['--help', ...argv.toSpliced(at, 1)] };
    return { command, rest: command === undefined ? [...argv] : argv.toSpliced(at, 1) };
  }
  return { command: undefined, rest: [...argv] };
}

function runRoot(argv: readonly string[], around: Surroundings): void {
  const [help, ...topic] = argv;
  const asked = help === '--help' ? findCommand(topic).command : undefined;
  if (asked !== undefined) {
    around.out(commandHelp(asked));
    return;
  }
  try {
    const { args } = parseFlags(globalFlags, argv);
    const [word] = args;
    if (word !== undefined) throw new UsageError(unknownCommand(word));
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.reason !== 'Help') throw thrown;
  }
  around.out(overview(commands));
}

async function runCommand(
  command: Command,
  argv: readonly string[],
  around: Surroundings,
): Promise<void> {
  const flags: readonly FlagSpec[] = [...globalFlagsOf(command), ...command.flags];
  let parsed;
  try {
    parsed = parseFlags(flags, argv, { env: environment(around.env) });
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.reason !== 'Help') throw thrown;
    around.out(commandHelp(command));
    return;
  }
  for (const warning of parsed.warnings) around.err(`${warning}\n`);
  const values: FlagMap = parsed.values;
  const token = text(values, 'token');
  const { offline = false } = command;
  const connection = (typeof offline === 'function' ? offline(values, parsed.args) : offline)
    ? unconnected
    : await connect({
        url: text(values, 'url') || (token === '' ? '' : cloudUrl),
        context: text(values, 'context'),
        namespace: text(values, 'k8s-fwd-ns'),
        labels: text(values, 'k8s-fwd-labels'),
        env: around.env,
      });
  try {
    if (parsed.args.length > 0 && command.takesArguments !== true)
      throw new UsageError('expected no (non-flag) arguments');
    await command.run(
      {
        ...around,
        client: createFluxClient({ url: connection.url, token }),
        timeoutMs: Number(values.timeout),
        namespace:
          text(values, 'namespace') || (await contextNamespace(text(values, 'context'), around)),
        user: gitUser(around),
        args: parsed.args,
        commands,
      },
      values,
    );
  } finally {
    await connection.close();
  }
}

/** Of two variables for the token the second wins. */
function environment(env: Surroundings['env']): Surroundings['env'] {
  const token = env.WEAVE_CLOUD_TOKEN || env.FLUX_SERVICE_TOKEN;
  return { ...env, FLUX_SERVICE_TOKEN: token };
}

/** The namespace of the kubeconfig's context; a kubeconfig that cannot be read names none. */
async function contextNamespace(context: string, { env }: Surroundings): Promise<string> {
  try {
    const { namespace } = await loadConnection({
      env: { ...env, KUBERNETES_SERVICE_HOST: undefined },
      ...(context === '' ? {} : { context }),
    });
    return namespace || 'default';
  } catch {
    // Verbs that only need fluxd work without a kubeconfig.
    return 'default';
  }
}

function gitUser({ gitConfig }: Surroundings): string {
  const [name, mail] = [gitConfig('user.name'), gitConfig('user.email')];
  return name !== '' && mail !== '' ? `${name} <${mail}>` : mail || name;
}

function unknownCommand(word: string): string {
  const near = commands
    .flatMap(({ name, aliases = [] }) => [name, ...aliases])
    .filter((name) => editDistance(name, word) <= 2 || name.startsWith(word))
    .sort();
  const hint =
    near.length === 0
      ? ''
      : `\n\nDid you mean this?\n${near.map((name) => `\t${name}\n`).join('')}`;
  return `unknown command ${JSON.stringify(word)} for "fluxctl"${hint}`;
}
