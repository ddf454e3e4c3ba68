/**
 * Command lines with pflag's rules, from one table per program.
 *
 * `--name value`, `--name=value`, `-n value`, `-nvalue`, bare booleans and `--name=false`, lists by repetition and by
 * commas. The table is also what prints the help, so help and behaviour cannot differ.
 */
import { Fault } from './fault.ts';
import { formatDuration, parseDurationMs } from './duration.ts';
import { parseBool } from './parse-bool.ts';

interface FlagBase {
  /** Without dashes. */
  name: string;
  short?: string;
  help: string;
  /** Environment variable used when the flag is not given. */
  env?: string;
  /** Printed when the flag is used; the flag still works. */
  deprecated?: string;
  hidden?: boolean;
  /** Value of a flag given without one: `--dry-run` means `--dry-run=client`. */
  bare?: string;
  /** The help's word for the type, when it is not the type's own. */
  shows?: string;
  /** The help's default, when it is not the default itself. */
  showsDefault?: string;
}

export type FlagSpec = FlagBase &
  (
    | { type: 'string'; default: string }
    | { type: 'bool'; default: boolean }
    | { type: 'int'; default: number }
    /** Any number of 32 bits. */
    | { type: 'float'; default: number }
    /** Counts repetitions: `-vv` is 2. */
    | { type: 'count'; default: number }
    /** Value in milliseconds. */
    | { type: 'duration'; default: number }
    /** Comma-separated and repeatable. */
    | { type: 'list'; default: readonly string[] }
    /** Repeatable, commas are part of the value. */
    | { type: 'array'; default: readonly string[] }
  );

type FlagValue<S extends FlagSpec> = S['type'] extends 'string'
  ? string
  : S['type'] extends 'bool'
    ? boolean
    : S['type'] extends 'list' | 'array'
      ? readonly string[]
      : number;

export type FlagValues<T extends readonly FlagSpec[]> = {
  readonly [S in T[number] as S['name']]: FlagValue<S>;
};

export interface ParsedFlags<T extends readonly FlagSpec[]> {
  values: FlagValues<T>;
  /** Names that were given on the command line (not by environment or default). */
  given: ReadonlySet<string>;
  /** Arguments that are not flags, in order; all that follows `--`. */
  args: readonly string[];
  /** One line for each deprecated flag used, as pflag prints it. */
  warnings: readonly string[];
}

export interface ParseOptions {
  env?: Readonly<Record<string, string | undefined>>;
  /** Stop at the first argument that is not a flag and leave the rest in `args`; default false. */
  stopAtFirstArgument?: boolean;
}

/**
 * Parses a command line.
 *
 * @throws Fault `BadFlag` with pflag's message (`unknown flag: --x`, `flag needs an argument: --x`,
 *   `invalid argument "y" for "--x" flag: …`); `Help` when `--help` or `-h` is given and no flag has that name
 */
export function parseFlags<const T extends readonly FlagSpec[]>(
  specs: T,
  argv: readonly string[],
  options: ParseOptions = {},
): ParsedFlags<T> {
  const byName = new Map<string, FlagSpec>(specs.map((spec) => [spec.name, spec]));
  const byShort = new Map(
    specs.flatMap((spec) => (spec.short ? [[spec.short, spec] as const] : [])),
  );
  const values = new Map<string, unknown>();
  const given = new Set<string>();
  const args: string[] = [];
  const warnings: string[] = [];

  for (const spec of specs) {
    const fromEnv = spec.env === undefined ? undefined : options.env?.[spec.env];
    values.set(
      spec.name,
      fromEnv === undefined || fromEnv === ''
        ? spec.default
        : read(spec, fromEnv, undefined, `$${spec.env}`),
    );
  }
  const set = (spec: FlagSpec, text: string, shown: string) => {
    const before = given.has(spec.name) ? values.get(spec.name) : undefined;
    values.set(spec.name, read(spec, text, before, shown));
    if (!given.has(spec.name) && spec.deprecated !== undefined) {
      warnings.push(`Flag --${spec.name} has been deprecated, ${spec.deprecated}`);
    }
    given.add(spec.name);
  };

  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? '';
    if (word === '--') {
      args.push(...argv.slice(at + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      if (options.stopAtFirstArgument === true) {
        args.push(...argv.slice(at));
        break;
      }
      args.push(word);
      continue;
    }
    const next = () => {
      at += 1;
      const value = argv[at];
      if (value === undefined) throw badFlag(word, `flag needs an argument: ${needing(word)}`);
      return value;
    };
    if (word.startsWith('--')) {
      const [name = '', inline] = splitOnce(word.slice(2), '=');
      const spec = byName.get(name);
      if (spec === undefined) {
        if (name === 'help') throw new Fault('Help', 'stall', name, 'help requested');
        throw badFlag(word, `unknown flag: --${name}`);
      }
      set(spec, inline ?? bareValue(spec) ?? next(), shownName(spec));
      continue;
    }
    for (let letters = word.slice(1); letters !== '';) {
      const spec = byShort.get(letters.charAt(0));
      if (spec === undefined) {
        if (letters.startsWith('h')) throw new Fault('Help', 'stall', 'h', 'help requested');
        throw badFlag(word, `unknown shorthand flag: '${letters.charAt(0)}' in ${word}`);
      }
      const rest = letters.slice(1);
      const bare = bareValue(spec);
      if (rest.startsWith('=')) {
        set(spec, rest.slice(1), shownName(spec));
        letters = '';
      } else if (bare !== undefined) {
        set(spec, bare, shownName(spec));
        letters = rest;
      } else {
        set(spec, rest === '' ? next() : rest, shownName(spec));
        letters = '';
      }
    }
  }
  return { values: Object.fromEntries(values) as FlagValues<T>, given, args, warnings };
}

/** The FLAGS block of a help text: one line a flag, sorted by name as pflag sorts. */
export function flagUsage(specs: readonly FlagSpec[]): string {
  const rows = [...specs]
    .filter((spec) => spec.hidden !== true && spec.deprecated === undefined)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((spec) => {
      const short = spec.short === undefined ? '      ' : `  -${spec.short}, `;
      const kind = usageKind(spec);
      return {
        left: `${short}--${spec.name}${kind === '' ? '' : ` ${kind}`}`,
        right: `${spec.help}${usageDefault(spec)}`,
      };
    });
  const width = Math.max(0, ...rows.map((row) => row.left.length));
  return rows.map((row) => `${row.left.padEnd(width)}   ${row.right}\n`).join('');
}

function read(spec: FlagSpec, text: string, before: unknown, shown: string): unknown {
  const invalid = (why: string) =>
    badFlag(
      shown,
      `invalid argument ${JSON.stringify(text)} for ${JSON.stringify(shown)} flag: ${why}`,
    );
  switch (spec.type) {
    case 'string':
      return text;
    case 'bool': {
      const value = parseBool(text);
      if (value !== undefined) return value;
      throw invalid(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
    }
    case 'int':
      if (!/^[-+]?\d+$/.test(text))
        throw invalid(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
      return Number(text);
    case 'float':
      if (!/^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text))
        throw invalid(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`);
      if (!Number.isFinite(Math.fround(Number(text))))
        throw invalid(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: value out of range`);
      return Number(text);
    case 'count':
      return text === '+1' ? Number(before ?? 0) + 1 : Number(text);
    case 'duration':
      try {
        return parseDurationMs(text);
      } catch (cause) {
        throw invalid(cause instanceof Error ? cause.message : String(cause));
      }
    case 'list':
      return [...((before as string[] | undefined) ?? []), ...(text === '' ? [] : splitList(text))];
    case 'array':
      return [...((before as string[] | undefined) ?? []), text];
  }
}

/** Splits at commas; `\,` is a comma inside an item, double quotes around an item are taken off, as pflag's CSV does. */
function splitList(text: string): string[] {
  const items: string[] = [];
  let item = '';
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '\\' && text.charAt(at + 1) === ',') {
      item += ',';
      at += 1;
    } else if (char === '"') quoted = !quoted;
    else if (char === ',' && !quoted) {
      items.push(item);
      item = '';
    } else item += char;
  }
  return [...items, item];
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

const bareValue = (spec: FlagSpec) =>
  spec.bare ?? (spec.type === 'bool' ? 'true' : spec.type === 'count' ? '+1' : undefined);

const shownName = (spec: FlagSpec) =>
  spec.short === undefined ? `--${spec.name}` : `-${spec.short}, --${spec.name}`;

const needing = (word: string) => (word.startsWith('--') ? word : `'${word.slice(-1)}' in ${word}`);

const badFlag = (subject: string, message: string) =>
  new Fault('BadFlag', 'stall', subject, message);

function usageKind(spec: FlagSpec): string {
  if (spec.bare !== undefined) return `${spec.type}[=${JSON.stringify(spec.bare)}]`;
  if (spec.shows !== undefined) return spec.shows;
  return {
    string: 'string',
    bool: '',
    int: 'int',
    float: 'float32',
    count: 'count',
    duration: 'duration',
    list: 'strings',
    array: 'stringArray',
  }[spec.type];
}

function usageDefault(spec: FlagSpec): string {
  if (spec.showsDefault !== undefined) return ` (default ${spec.showsDefault})`;
  switch (spec.type) {
    case 'string':
      return spec.default === '' ? '' : ` (default ${JSON.stringify(spec.default)})`;
    case 'bool':
      return spec.default ? ' (default true)' : '';
    case 'int':
    case 'float':
    case 'count':
      return spec.default === 0 ? '' : ` (default ${spec.default})`;
    case 'duration':
      return spec.default === 0 ? '' : ` (default ${formatDuration(spec.default)})`;
    case 'list':
    case 'array':
      return spec.default.length === 0 ? '' : ` (default [${spec.default.join(',')}])`;
  }
}
