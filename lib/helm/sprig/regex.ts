/** Go's regular expressions (RE2, linear time). */
import { RE2JS } from 're2js';
import { SprigError } from './errors.ts';
import { GoSlice, hasLooseBytes } from '../values/mod.ts';
import type { GoObject } from '../values/mod.ts';
import { count, fn, text } from './function.ts';
import type { SprigFunctions } from './function.ts';
import { quote } from '../template/mod.ts';

type Report = (pattern: string, problem: string) => string;

const must: Report = (_pattern, problem) => problem;
const panic: Report = (pattern, problem) =>
  `regexp: Compile(${/^[^`\x00-\x08\x0a-\x1f\x7f\ufeff]*$/.test(pattern) ? `\`${pattern}\`` : quote(pattern)}): ${problem}`;

interface Match {
  start: number;
  end: number;
  groups: (string | undefined)[];
}

export const regexFunctions: SprigFunctions = {
  regexMatch: fn('string string', ([pattern, s]) => {
    try {
      return compile(text(pattern), must).matcher(text(s)).find();
    } catch (problem) {
      if (problem instanceof SprigError) return false;
      throw problem;
    }
  }),
  mustRegexMatch: fn('string string', ([pattern, s]) =>
    compile(text(pattern), must).matcher(text(s)).find(),
  ),
  ...both(
    'regexFind',
    'string string',
    (regex, [, s]) => matches(regex, text(s), 1)[0]?.groups[0] ?? '',
  ),
  ...both('regexFindAll', 'string string int', (regex, [, s, n]) =>
    orNil(matches(regex, text(s), count(n)).map((match) => match.groups[0] ?? '')),
  ),
  ...both('regexReplaceAll', 'string string string', (regex, [, s, template]) =>
    replace(text(s), matches(regex, text(s), -1), (match) => expand(text(template), match, regex)),
  ),
  ...both('regexReplaceAllLiteral', 'string string string', (regex, [, s, by]) =>
    replace(text(s), matches(regex, text(s), -1), () => text(by)),
  ),
  ...both('regexSplit', 'string string int', (regex, [, s, n]) =>
    orNil(split(regex, text(s), count(n))),
  ),
  regexQuoteMeta: fn('string', ([s]) => text(s).replaceAll(/[\\.+*?()|[\]{}^$]/g, '\\$&')),
};

function both(
  name: string,
  signature: string,
  call: (
    regex: RE2JS,
    args: Parameters<SprigFunctions[string]['call']>[0],
  ) => ReturnType<SprigFunctions[string]['call']>,
): SprigFunctions {
  return {
    [name]: fn(signature, (args) => call(compile(text(args[0]), panic), args)),
    [`mustR${name.slice(1)}`]: fn(signature, (args) => call(compile(text(args[0]), must), args)),
  };
}

function compile(pattern: string, report: Report): RE2JS {
  if (hasLooseBytes(pattern))
    throw new SprigError(report(pattern, `error parsing regexp: invalid UTF-8: \`${pattern}\``));
  try {
    return RE2JS.compile(pattern);
  } catch (cause) {
    const told = cause instanceof Error ? cause.message : String(cause);
    // Go names what is wrong, even when it is nothing.
    const problem = told.endsWith('end of expression') ? `${told}: \`\`` : told;
    throw new SprigError(report(pattern, problem), { cause });
  }
}

/** Go gives a nil slice when nothing is found. */
const orNil = (items: readonly string[]): GoObject =>
  new GoSlice('[]string', items, items.length === 0);

/** Matches as Go counts them: an empty one right behind another does not count. */
function matches(regex: RE2JS, value: string, limit: number): Match[] {
  const found: Match[] = [];
  const matcher = regex.matcher(value);
  let previousEnd = -1;
  while ((limit < 0 || found.length < limit) && matcher.find()) {
    const [start, end] = [matcher.start(), matcher.end()];
    if (start === end && start === previousEnd) continue;
    previousEnd = end;
    const groups: (string | undefined)[] = [];
    for (let i = 0; i <= matcher.groupCount(); i++) groups.push(matcher.group(i) ?? undefined);
    found.push({ start, end, groups });
  }
  return found;
}

function replace(value: string, found: readonly Match[], by: (match: Match) => string): string {
  let out = '';
  let at = 0;
  for (const match of found) {
    out += value.slice(at, match.start) + by(match);
    at = match.end;
  }
  return out + value.slice(at);
}

/** `$1`, `${1}`, `$name`; the longest run of word characters is the name, an unknown one is empty. */
function expand(template: string, match: Match, regex: RE2JS): string {
  return template.replaceAll(
    /\$(?:\$|\{(\w+)\}|(\w+))/g,
    (whole, braced: string | undefined, bare: string | undefined) => {
      const name = braced ?? bare;
      if (name === undefined) return whole === '$$' ? '$' : whole;
      if (/^\d+$/.test(name)) return match.groups[Number(name)] ?? '';
      const named: unknown = regex.namedGroups()[name];
      return typeof named === 'number' ? (match.groups[named] ?? '') : '';
    },
  );
}

function split(regex: RE2JS, value: string, limit: number): string[] {
  if (limit === 0) return [];
  if (regex.pattern() !== '' && value === '') return [''];
  const parts: string[] = [];
  let begin = 0;
  let end = 0;
  for (const match of matches(regex, value, limit)) {
    if (limit > 0 && parts.length === limit - 1) break;
    end = match.start;
    if (match.end !== 0) parts.push(value.slice(begin, end));
    begin = match.end;
  }
  if (end !== value.length) parts.push(value.slice(begin));
  return parts;
}
