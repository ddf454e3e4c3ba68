/** From the words of a command line to kinds and names. Pure. */
import { UsageError } from '../errors.ts';
import { fullName, kinds } from './kinds.ts';
import type { FluxKind } from './kind.ts';

export interface Selection {
  /** One or several: a word may stand for both generations. */
  kinds: readonly FluxKind[];
  names: readonly string[];
  /** As it was asked for, for messages. */
  words: string;
  /** `all` of something: kinds without objects are passed over. */
  isAll: boolean;
}

type Family = NonNullable<FluxKind['family']>['of'];

const families: Readonly<Record<string, Family>> = {
  source: 'source',
  sources: 'source',
  image: 'image',
  images: 'image',
  artifact: 'artifact',
  artifacts: 'artifact',
};

/** Kinds that the word stands for, perhaps with a group behind it; none when nobody knows it. */
export function kindsNamed(word: string): FluxKind[] {
  const lower = word.toLowerCase();
  if (lower === 'workload' || lower === 'workloads')
    return kinds.filter(({ names }) => isWorkload(names));
  const dot = lower.indexOf('.');
  const [name, group] = dot < 0 ? [lower, ''] : [lower.slice(0, dot), lower.slice(dot + 1)];
  return kinds.filter(
    (each) => each.names.includes(name) && (group === '' || each.group === group),
  );
}

const isWorkload = (names: readonly string[]) =>
  ['deployment', 'daemonset', 'statefulset', 'cronjob'].includes(names[0] ?? '');

/** @throws UsageError when the words name no kind */
export function select(args: readonly string[]): Selection {
  const [first, ...rest] = args;
  if (first === undefined) throw new UsageError(`which kind? One of: ${kindWords().join(', ')}`);
  if (first === 'all') {
    // flux leaves generators out: not every cluster has source-watcher.
    const all = kinds.filter(({ family }) => family?.of !== 'artifact');
    return { kinds: all, names: rest, words: 'all', isAll: true };
  }
  const family = families[first];
  if (family !== undefined) return ofFamily(family, first, rest);
  const slash = first.indexOf('/');
  if (slash >= 0) return withNames(args);
  const found = kindsNamed(first);
  if (found.length === 0) throw unknown(first);
  return { kinds: found, names: rest, words: first, isAll: false };
}

function ofFamily(of: Family, word: string, rest: readonly string[]): Selection {
  const [name, ...names] = rest;
  const own = kinds.filter(({ family }) => family?.of === of);
  const members = own.map(({ family }) => family?.name ?? '');
  if (name === 'all') return { kinds: own, names, words: `${word} all`, isAll: true };
  const found = own.filter(({ family }) => name === family?.name || name === `${family?.name}s`);
  if (name === undefined || found.length === 0)
    throw new UsageError(`${word} of which kind? One of: ${[...members, 'all'].join(', ')}`);
  return { kinds: found, names, words: `${word} ${name}`, isAll: false };
}

/** `kind/name`, as often as one likes, of one kind. */
function withNames(args: readonly string[]): Selection {
  const pairs = args.map((arg) => {
    const slash = arg.indexOf('/');
    if (slash < 0) throw new UsageError(`KIND/NAME and KIND NAME cannot be mixed: ${arg}`);
    return [arg.slice(0, slash), arg.slice(slash + 1)] as const;
  });
  const word = pairs[0]?.[0] ?? '';
  const found = kindsNamed(word);
  if (found.length === 0) throw unknown(word);
  const other = pairs.find(([each]) => kindsNamed(each)[0] !== found[0]);
  if (other !== undefined) throw new UsageError(`one kind at a time: ${word}, not ${other[0]}`);
  return { kinds: found, names: pairs.map(([, name]) => name), words: word, isAll: false };
}

const unknown = (word: string) =>
  new UsageError(`unknown kind ${JSON.stringify(word)}; one of: ${kindWords().join(', ')}`);

/** The first words that are understood, for help and completion. */
export function kindWords(): string[] {
  const single = kinds.filter(({ family }) => family === undefined).map(({ names }) => names[0]);
  return [
    'all',
    'source',
    'image',
    'artifact',
    ...new Set(single.filter((name) => name !== undefined)),
  ];
}

/** How two kinds of one name are told apart on the command line. */
export const fullNames = (of: readonly FluxKind[]): string => of.map(fullName).join(', ');
