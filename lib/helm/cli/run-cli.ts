/** From arguments to a command: which one, with which flags, and what is refused before it runs (as cobra does it). */
import { parseFlags } from '../../runtime/mod.ts';
import { childrenOf, commands, findCommand } from './command-tree.ts';
import { refuse } from './context.ts';
import type { Command, CommandContext, Streams } from './context.ts';
import { globalFlags } from './flags.ts';
import { defaultKeyring } from './settings.ts';
import { commandUsage, groupUsage, helpFlag } from './usage.ts';
import type { PlacesShown } from './usage.ts';

export interface CliHost extends Streams {
  /** As the program was called. */
  program: string;
  env: Readonly<Record<string, string | undefined>>;
  contextFor: (global: CommandContext['global']) => CommandContext;
}

/** @throws Fault `BadFlag`; HelmError for everything else that is wrong with the arguments or fails */
export async function runCli(argv: readonly string[], host: CliHost): Promise<void> {
  const { program, out } = host;
  const env = withoutBadLimits(host.env);
  const before = parseFlags([...globalFlags, helpFlag(program)], argv, {
    env,
    stopAtFirstArgument: true,
  });
  const globalArgs = argv.slice(0, argv.length - before.args.length);
  if (before.args[0] === 'help') {
    await help(host, before.args.slice(1));
    return;
  }
  if (before.args[0] === '__complete' || before.args[0] === '__completeNoDesc') {
    const { complete } = await import('./complete.ts');
    await complete(host, before.args.slice(1), before.args[0] === '__complete');
    return;
  }
  const { name, taken } = findCommand(before.args);
  if (name === '' && before.args.length > 0) throw unknownCommand(program, before.args[0] ?? '');
  const load = commands[name]?.load;
  if (load === undefined) {
    out(groupUsage(program, name, placesOf(host)));
    return;
  }
  const command = await load();
  const specs = [...globalFlags, ...command.flags, helpFlag(name)];
  const parsed = parseFlags(specs, [...globalArgs, ...before.args.slice(taken)], { env });
  const values: Record<string, unknown> = parsed.values;
  if (values['help'] === true) {
    out(commandUsage(program, name, command, placesOf(host)));
    return;
  }
  for (const line of parsed.warnings) host.err(`${line}\n`);
  checkCount(name, command, parsed.args.length);
  await command.run(
    host.contextFor(parsed.values as unknown as CommandContext['global']),
    parsed.args,
    parsed.values,
    parsed.given,
  );
}

async function help(host: CliHost, words: readonly string[]): Promise<void> {
  const { program, out } = host;
  const places = placesOf(host);
  const { name, taken } = findCommand(words);
  if (taken < words.length && name === '') {
    out(`Unknown help topic [${words.map((word) => `\`${word}\``).join(' ')}]\n`);
  }
  const load = commands[name]?.load;
  out(
    load === undefined
      ? groupUsage(program, name, places)
      : commandUsage(program, name, await load(), places),
  );
}

/** Where files lie unless flags say otherwise. */
function placesOf({ env, contextFor }: CliHost): PlacesShown {
  const { values } = parseFlags(globalFlags, [], { env: withoutBadLimits(env) });
  const { settings, home } = contextFor(values);
  return {
    'registry-config': settings.registryConfig,
    'repository-config': settings.repositoryConfig,
    'repository-cache': settings.repositoryCache,
    keyring: defaultKeyring(env, home),
  };
}

/** Limits in the environment that are no numbers count as unset, as Helm has it. */
function withoutBadLimits(env: CliHost['env']): CliHost['env'] {
  const limits = ['HELM_QPS', 'HELM_BURST_LIMIT'];
  const bad = limits.filter((name) => !/^[-+]?\d+(\.\d+)?$/.test(env[name] ?? '0'));
  return { ...env, ...Object.fromEntries(bad.map((name) => [name, undefined])) };
}

function unknownCommand(program: string, word: string): Error {
  const near = childrenOf('').filter(
    (name) => distance(word.toLowerCase(), name) <= 2 || name.startsWith(word.toLowerCase()),
  );
  const hint =
    near.length === 0 ? '' : `\nDid you mean this?\n${near.map((name) => `\t${name}\n`).join('')}`;
  return refuse(
    `unknown command "${word}" for "${program}"\n${hint}${hint === '' ? '' : '\n'}Run '${program} --help' for usage.`,
  );
}

/** Levenshtein's. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same);
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function checkCount(name: string, { usage: line, args }: Command, count: number): void {
  const { least, most } = args;
  if (count >= least && (most === undefined || count <= most)) return;
  const plural = (number: number) => `${number} argument${number === 1 ? '' : 's'}`;
  const wanted =
    least === most
      ? least === 0
        ? 'accepts no arguments'
        : `requires ${plural(least)}`
      : count < least
        ? `requires at least ${plural(least)}`
        : `accepts at most ${plural(most ?? 0)}`;
  throw refuse(`"helm ${name}" ${wanted}\n\nUsage:  helm ${line} [flags]`);
}
