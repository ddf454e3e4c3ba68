/** `fluxctl completion`: scripts for shells, out of the tables of verbs and flags. */
import type { FlagSpec } from '../../lib/runtime/mod.ts';
import type { Command } from '../command.ts';
import { UsageError } from '../errors.ts';
import { globalFlagsOf } from '../help.ts';

const shells: Readonly<Record<string, (all: readonly Command[]) => string>> = {
  bash: bashScript,
  fish: fishScript,
  zsh: zshScript,
};

export const completion: Command = {
  name: 'completion',
  usage: 'completion SHELL',
  short: 'Output shell completion code for the specified shell (bash, zsh, or fish)',
  examples: ['source <(fluxctl completion bash)'],
  flags: [],
  offline: true,
  takesArguments: true,
  run: ({ args, commands, out }) => {
    const [shell, ...more] = args;
    if (shell === undefined) throw new UsageError('please specify a shell');
    const known = Object.keys(shells).join(' ');
    if (more.length > 0)
      throw new UsageError(`please specify one of the following shells: ${known}`);
    const script = shells[shell];
    if (script === undefined)
      throw new UsageError(`unsupported shell type ${JSON.stringify(shell)}`);
    out(script(commands));
    return Promise.resolve();
  },
};

const shown = (command: Command): FlagSpec[] =>
  [...globalFlagsOf(command), ...command.flags].filter(
    (flag) => flag.deprecated === undefined && !flag.hidden,
  );

const words = (command: Command): string =>
  [
    ...(command.words ?? []),
    ...shown(command).flatMap(({ name, short }) => [
      `--${name}`,
      ...(short === undefined ? [] : [`-${short}`]),
    ]),
  ].join(' ');

function bashScript(all: readonly Command[]): string {
  const cases = all
    .map((command) => `    ${command.name}) words="${words(command)}" ;;\n`)
    .join('');
  return `# bash completion for fluxctl
_fluxctl() {
  local current="\${COMP_WORDS[COMP_CWORD]}" verb="" words="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in
    -*) ;;
    *) verb="$word"; break ;;
    esac
  done
  case "$verb" in
    "") words="${all.map(({ name }) => name).join(' ')}" ;;
    completion) words="bash fish zsh" ;;
${cases.replace(/ {4}completion\).*\n/, '')}  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _fluxctl fluxctl
`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function zshScript(all: readonly Command[]): string {
  const verbs = all.map(({ name, short }) => `    ${quoted(`${name}:${short}`)}\n`).join('');
  const cases = all
    .map((command) => `      ${command.name}) compadd -- ${words(command)} ;;\n`)
    .join('');
  return `#compdef fluxctl
_fluxctl() {
  local -a verbs
  verbs=(
${verbs}  )
  if (( CURRENT == 2 )); then
    _describe -t commands 'fluxctl command' verbs
  else
    case "$words[2]" in
${cases}    esac
  fi
}
compdef _fluxctl fluxctl
`;
}

function fishScript(all: readonly Command[]): string {
  const names = all.map(({ name }) => name).join(' ');
  const lines = all.flatMap((command) => [
    `complete -c fluxctl -f -n "not __fish_seen_subcommand_from ${names}" -a ${command.name} -d ${fishText(command.short)}`,
    ...(command.words === undefined
      ? []
      : [
          `complete -c fluxctl -n "__fish_seen_subcommand_from ${command.name}" -a ${fishText(command.words.join(' '))}`,
        ]),
    ...shown(command).map(
      (flag) =>
        `complete -c fluxctl -n "__fish_seen_subcommand_from ${command.name}" -l ${flag.name}${flag.short === undefined ? '' : ` -s ${flag.short}`} -d ${fishText(flag.help)}`,
    ),
  ]);
  return `# fish completion for fluxctl\n${lines.join('\n')}\n`;
}

const fishText = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
