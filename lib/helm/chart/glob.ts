/** The patterns of `.Files.Glob` (github.com/gobwas/glob with `/` as separator). Pure. */
import { RE2JS } from 're2js';

/**
 * `*` and `?` stop at a slash, `**` does not; `[abc]`, `[!a-z]`, `{one,two}`, `\` before a plain character.
 *
 * @returns whether a file name matches; a pattern that cannot be read matches every name, as in Helm
 */
export function compileGlob(pattern: string): (name: string) => boolean {
  const source = toRegExp(pattern);
  if (source === undefined) return () => true;
  try {
    // In linear time, whatever the pattern.
    const expression = RE2JS.compile(source, RE2JS.DOTALL);
    return (name) => expression.matches(name);
  } catch {
    // A range from high to low, for one.
    return () => true;
  }
}

function toRegExp(pattern: string): string | undefined {
  let out = '';
  let depth = 0;
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern.charAt(at);
    switch (char) {
      case '*': {
        let stars = 1;
        while (pattern.charAt(at + 1) === '*') {
          stars += 1;
          at += 1;
        }
        out += stars > 1 ? '.*' : '[^/]*';
        break;
      }
      case '?':
        out += '[^/]';
        break;
      case '[': {
        const end = pattern.indexOf(']', at + 2);
        if (end < 0) return undefined;
        const body = pattern.slice(at + 1, end);
        const negated = body.startsWith('!');
        const members = (negated ? body.slice(1) : body).replaceAll(/[\\\]^[]/g, '\\$&');
        if (members === '') return undefined;
        out += `[${negated ? '^' : ''}${members}]`;
        at = end;
        break;
      }
      case '{':
        depth += 1;
        out += '(?:';
        break;
      case '}':
        if (depth === 0) return undefined;
        depth -= 1;
        out += ')';
        break;
      case ',':
        out += depth > 0 ? '|' : ',';
        break;
      case '\\':
        at += 1;
        out += escape(pattern.charAt(at));
        break;
      default:
        out += escape(char);
    }
  }
  return depth === 0 ? out : undefined;
}

function escape(char: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
}
