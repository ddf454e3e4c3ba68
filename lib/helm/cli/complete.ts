/** `__complete`: what the last word of a command line may become (cobra's protocol: a line each, then `:directive`). */
import { parseFlags } from '../../runtime/mod.ts';
import type { FlagSpec } from '../../runtime/mod.ts';
import { readRepositories } from '../fetch/repositories.ts';
import { readCachedIndex } from '../fetch/repository-update.ts';
import { childrenOf, commands, findCommand } from './command-tree.ts';
import type { Command, CommandContext } from './context.ts';
import { globalFlags } from './flags.ts';
import type { CliHost } from './run-cli.ts';
import { helpFlag } from './usage.ts';

/** Cobra's directives. */
const anything = 0;
const noSpace = 2;
const noFiles = 4;

interface Choices {
  /** A tab before what explains it. */
  lines: readonly string[];
  directive: number;
}

const nothing: Choices = { lines: [], directive: noFiles };

/** @param words the last one is being typed */
export async function complete(
  host: CliHost,
  words: readonly string[],
  described: boolean,
): Promise<void> {
  const { lines, directive } = await choicesFor(host, words).catch(() => nothing);
  const shown = described ? lines : lines.map((line) => line.replace(/\t.*$/s, ''));
  host.out(`${shown.map((line) => `${line}\n`).join('')}:${directive}\n`);
}

async function choicesFor(host: CliHost, words: readonly string[]): Promise<Choices> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const plain = parsed(globalFlags, before, host).args;
  const { name, taken } = findCommand(plain);
  const children = childrenOf(name);
  const load = commands[name]?.load;
  if (load === undefined) {
    if (current.startsWith('-')) return flagChoices([...globalFlags, helpFlag(name)], current);
    if (plain.length > taken) return nothing;
    const lines = children.map(
      (child) => `${child.slice(child.lastIndexOf(' ') + 1)}\t${commands[child]?.short ?? ''}`,
    );
    return { lines: starting(lines, current), directive: noFiles };
  }
  const command = await load();
  const specs = [...globalFlags, ...command.flags, helpFlag(name)];
  const open = openFlag(specs, before);
  const { args, values } = parsed(specs, open === undefined ? before : before.slice(0, -1), host);
  const context = host.contextFor(values as CommandContext['global']);
  if (open !== undefined) return valueChoices(open, current, context);
  if (current.startsWith('-')) return flagChoices(specs, current);
  return argumentChoices(name, command, args.slice(taken), current, context);
}

/** Flags that are not complete yet must not be in the way. */
function parsed(
  specs: readonly FlagSpec[],
  words: readonly string[],
  { env }: CliHost,
): { args: readonly string[]; values: unknown } {
  try {
    return parseFlags(specs, words, { env });
  } catch {
    const args = words.filter((word) => !word.startsWith('-'));
    return { args, values: parseFlags(specs, [], { env }).values };
  }
}

/** The flag whose value is being typed. */
function openFlag(specs: readonly FlagSpec[], before: readonly string[]): FlagSpec | undefined {
  const last = before.at(-1) ?? '';
  if (!last.startsWith('-') || last.includes('=')) return undefined;
  const name = last.replace(/^-+/, '');
  const spec = specs.find((each) =>
    last.startsWith('--') ? each.name === name : each.short === name,
  );
  return spec === undefined || spec.type === 'bool' || spec.bare !== undefined ? undefined : spec;
}

function flagChoices(specs: readonly FlagSpec[], current: string): Choices {
  const lines = specs
    .filter((spec) => spec.hidden !== true)
    .map((spec) => `--${spec.name}\t${spec.help}`)
    .sort();
  return { lines: starting(lines, current), directive: noFiles };
}

async function valueChoices(
  spec: FlagSpec,
  current: string,
  context: CommandContext,
): Promise<Choices> {
  switch (spec.name) {
    case 'output':
      return {
        lines: starting(
          [
            'json\tOutput result in JSON format',
            'table\tOutput result in human-readable format',
            'yaml\tOutput result in YAML format',
          ],
          current,
        ),
        directive: noFiles,
      };
    case 'namespace': {
      const { kube } = await context.cluster();
      const { items } = await kube.listMetadata({ apiVersion: 'v1', kind: 'Namespace' });
      return {
        lines: starting(
          items.map(({ metadata }) => metadata.name ?? ''),
          current,
        ),
        directive: noFiles,
      };
    }
    default:
      return { lines: [], directive: anything };
  }
}

const takesRelease = /^(?:get |status$|history$|upgrade$|rollback$|uninstall$|test$)/;
const takesChart = /^(?:install|template|show |pull|upgrade)/;

async function argumentChoices(
  name: string,
  command: Command,
  args: readonly string[],
  current: string,
  context: CommandContext,
): Promise<Choices> {
  const isFirst = args.length === 0;
  if (takesRelease.test(name) && (isFirst || name === 'uninstall')) {
    const { engine } = await context.cluster();
    const namespace = await context.namespace();
    const releases = await engine.list({ namespace });
    const lines = releases
      .filter((release) => !args.includes(release.name))
      .map(({ name: release, chart, info }) => {
        const { metadata } = chart;
        return `${release}\t${metadata.name}-${metadata.version} -> ${info.status}`;
      });
    return { lines: starting(lines, current), directive: noFiles };
  }
  if (name === 'rollback' && args.length === 1) {
    const { engine } = await context.cluster();
    const target = { releaseName: args[0] ?? '', namespace: await context.namespace() };
    const lines = (await engine.history(target)).map(
      ({ version, info, chart }) =>
        `${version}\tApp: ${chart.metadata.appVersion ?? ''}, Chart: ${chart.metadata.name}-${chart.metadata.version} (${info.status})`,
    );
    return { lines: starting(lines, current), directive: noFiles };
  }
  if (name === 'repo remove' || name === 'repo update') {
    const known = (await readRepositories(context.settings.repositoryConfig)) ?? [];
    const lines = known
      .filter((entry) => !args.includes(entry.name))
      .map((entry) => `${entry.name}\t${entry.url}`);
    return { lines: starting(lines, current), directive: noFiles };
  }
  const isChart =
    name === 'install' || name === 'template' || name === 'upgrade' ? args.length === 1 : isFirst;
  if (takesChart.test(name) && isChart) return chartChoices(current, context);
  const { most } = command.args;
  return most !== undefined && args.length >= most ? nothing : { lines: [], directive: anything };
}

/** Repositories first, then the charts of the one that is typed. */
async function chartChoices(current: string, context: CommandContext): Promise<Choices> {
  const { repositoryConfig, repositoryCache } = context.settings;
  const known = (await readRepositories(repositoryConfig)) ?? [];
  const entry = known.find(({ name }) => current.startsWith(`${name}/`));
  if (entry === undefined) {
    const lines = [
      ...known.map(({ name, url }) => `${name}/\t${url}`),
      'oci://\tChart OCI prefix',
      'https://\tChart URL prefix',
    ];
    const found = starting(lines, current);
    return { lines: found, directive: found.length > 0 ? noSpace : anything };
  }
  const { entries } = await readCachedIndex(repositoryCache, entry.name);
  const names = [...entries.keys()].map((name) => `${entry.name}/${name}`).sort();
  return { lines: starting(names, current), directive: noFiles };
}

const starting = (lines: readonly string[], current: string): string[] =>
  lines.filter((line) => line.startsWith(current));
