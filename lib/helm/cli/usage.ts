/** Help texts in the shape that Helm's have. */
import { flagUsage } from '../../runtime/mod.ts';
import type { FlagSpec } from '../../runtime/mod.ts';
import { childrenOf, commands } from './command-tree.ts';
import type { Command } from './context.ts';
import { globalFlags } from './flags.ts';

/** Defaults of flags that depend on the user's home, by the names of the flags. */
export type PlacesShown = Readonly<Record<string, string>>;

/**
 * @param program as it was called: `helm`, `reflux-helm`
 * @param places where the files of `--registry-config`, `--keyring` and the like lie by default
 */
export function commandUsage(
  program: string,
  name: string,
  command: Command,
  places: PlacesShown = {},
): string {
  return [
    `${command.help}\n`,
    `Usage:\n  ${program} ${command.usage} [flags]\n`,
    ...aliasLines(name),
    `Flags:\n${flagUsage(placed([...command.flags, helpFlag(name)], places))}`,
    `Global Flags:\n${flagUsage(placed(globalFlags, places))}`,
  ].join('\n');
}

/** Help of a group of commands; '' is the program itself. */
export function groupUsage(program: string, name: string, places: PlacesShown = {}): string {
  const full = name === '' ? program : `${program} ${name}`;
  const list = childrenOf(name)
    .filter((child) => commands[child]?.hidden !== true)
    .map((child) => ({
      word: child.slice(child.lastIndexOf(' ') + 1),
      short: commands[child]?.short ?? '',
    }));
  if (name === '') list.push({ word: 'help', short: 'Help about any command' });
  const width = Math.max(11, ...list.map(({ word }) => word.length));
  const rows = list
    .sort((a, b) => (a.word < b.word ? -1 : 1))
    .map(({ word, short }) => `  ${word.padEnd(width)} ${short}\n`)
    .join('');
  const about =
    name === ''
      ? 'The Kubernetes package manager, as Reflux has it'
      : (commands[name]?.short ?? '');
  const flags =
    name === ''
      ? [`Flags:\n${flagUsage(placed([...globalFlags, helpFlag(program)], places))}`]
      : [
          `Flags:\n${flagUsage([helpFlag(name)])}`,
          `Global Flags:\n${flagUsage(placed(globalFlags, places))}`,
        ];
  return [
    `${about}\n`,
    `Usage:\n  ${full} [command]\n`,
    ...aliasLines(name),
    `Available Commands:\n${rows}`,
    ...flags,
    `Use "${full} [command] --help" for more information about a command.\n`,
  ].join('\n');
}

function placed(specs: readonly FlagSpec[], places: PlacesShown): FlagSpec[] {
  return specs.map((spec) => {
    const place = places[spec.name];
    return place === undefined ? spec : { ...spec, showsDefault: JSON.stringify(place) };
  });
}

/** The flag that every command has. */
export function helpFlag(name: string): FlagSpec {
  const word = name.slice(name.lastIndexOf(' ') + 1);
  return { name: 'help', short: 'h', type: 'bool', default: false, help: `help for ${word}` };
}

function aliasLines(name: string): string[] {
  const { aliases = [] } = commands[name] ?? {};
  if (aliases.length === 0) return [];
  return [`Aliases:\n  ${[name.slice(name.lastIndexOf(' ') + 1), ...aliases].join(', ')}\n`];
}
