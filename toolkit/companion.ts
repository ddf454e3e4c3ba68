/** Flags of a program that runs the toolkit in its own process: `--toolkit`, and the toolkit's own with a prefix. */
import { Fault } from '../lib/runtime/mod.ts';
import { flags, readCommandLine } from './config.ts';
import type { Config } from './config.ts';
import { originalFlags } from './original-flags.ts';

/** For the table of the program. */
export const companionFlag = {
  name: 'toolkit',
  type: 'bool',
  default: false,
  help: 'serve the kinds of Flux v2, too, in this process; flags of the toolkit have the prefix toolkit-, as in --toolkit-storage-path',
} as const;

const prefix = `--${companionFlag.name}-`;
/** What the program itself has decided. */
const ofTheProgram: readonly string[] = ['version', 'log-format', 'kubeconfig'];
const passedOn = [...flags, ...originalFlags].filter(({ name }) => !ofTheProgram.includes(name));

export interface CompanionArguments {
  /** Of the toolkit, without the prefix. */
  own: string[];
  /** Of the program. */
  rest: string[];
}

/** Takes the toolkit's flags out of a command line. Unknown ones stay, for the program to refuse by their full name. */
export function splitArguments(argv: readonly string[]): CompanionArguments {
  const own: string[] = [];
  const rest: string[] = [];
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? '';
    if (word === '--') return { own, rest: [...rest, ...argv.slice(at)] };
    const [name = ''] = word.slice(prefix.length).split('=');
    const flag = word.startsWith(prefix) ? passedOn.find((each) => each.name === name) : undefined;
    if (flag === undefined) {
      rest.push(word);
      continue;
    }
    own.push(`--${word.slice(prefix.length)}`);
    if (flag.type === 'bool' || word.includes('=')) continue;
    at += 1;
    own.push(...argv.slice(at, at + 1));
  }
  return { own, rest };
}

/** Limits of the program, which hold for the toolkit until its own flags say otherwise. */
export interface CompanionLimits {
  /** Not all namespaces are served: the toolkit serves the one it runs in. */
  isConfined: boolean;
  /** One of several replicas works. */
  leaderElection: boolean;
  defaultServiceAccount?: string;
  crossNamespaceRefs?: boolean;
}

/**
 * @param isOn what `--toolkit` says
 * @returns `undefined` when the toolkit is not to run
 * @throws Fault `BadFlag`
 */
export function readCompanion(
  isOn: boolean,
  own: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  limits: CompanionLimits,
): Config | undefined {
  if (!isOn) {
    const [first] = own;
    if (first === undefined) return undefined;
    const flag = `${prefix}${first.slice(2)}`;
    throw new Fault('BadFlag', 'stall', flag, `${flag} has no effect without --toolkit`);
  }
  const inherited = [
    ...(limits.isConfined ? ['--watch-all-namespaces=false'] : []),
    ...(limits.leaderElection ? ['--enable-leader-election'] : []),
    ...(limits.crossNamespaceRefs === false ? ['--no-cross-namespace-refs'] : []),
    `--default-service-account=${limits.defaultServiceAccount ?? ''}`,
  ];
  const command = withPrefix(() => readCommandLine([...inherited, ...own], env));
  // All words are flags with a value, and none of them asks for anything else.
  if (command.ask !== 'run') throw new Fault('BadFlag', 'stall', command.ask, command.ask);
  const { config } = command;
  return { ...config, notes: config.notes.map(fullNames) };
}

/** @throws the faults of a step, with the names of flags that the user has given */
function withPrefix<T>(step: () => T): T {
  try {
    return step();
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    const { reason, next, subject, message } = thrown;
    throw new Fault(reason, next, subject, fullNames(message), { cause: thrown });
  }
}

const fullNames = (text: string): string =>
  text.replace(/--([a-zA-Z-]+)/g, (word, name: string) =>
    passedOn.some((each) => each.name === name) ? `${prefix}${name}` : word,
  );
