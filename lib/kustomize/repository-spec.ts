/** Addresses of Git repositories as `resources` and `components` have them (kustomize api/internal/git/repospec.go). Pure. */
import { parseDurationMs } from '../runtime/mod.ts';

/** A folder of a repository. */
export interface RepositorySpec {
  /** As it was written. */
  raw: string;
  /** What git clones. */
  cloneUrl: string;
  /** Folder below the top of the repository; '' for the top. */
  path: string;
  /** Branch, tag or commit; '' for the repository's own. */
  ref: string;
  submodules: boolean;
  /** Of one command of git. */
  timeoutMs: number;
}

const defaultTimeoutMs = 27_000;

/** @returns `undefined` for what is no address of a repository, and so a path */
export function readRepositorySpec(raw: string): RepositorySpec | undefined {
  if (raw.startsWith('/')) return undefined;
  const question = raw.indexOf('?');
  const [address, query] =
    question < 0 ? [raw, ''] : [raw.slice(0, question), raw.slice(question + 1)];
  const host = readHost(address);
  if (host === undefined) return undefined;
  const parts = splitPath(host.rest, host.prefix.startsWith(fileScheme));
  if (parts === undefined || parts.repository === '' || leaves(parts.path)) return undefined;
  return {
    raw,
    cloneUrl: host.prefix + parts.repository,
    path: parts.path.replace(/^\//, ''),
    ...readQuery(query),
  };
}

const fileScheme = 'file://';

/** Scheme, user and host, up to where the path begins. */
function readHost(address: string): { prefix: string; rest: string } | undefined {
  const text = address.replace(/^git::/i, '');
  const scheme = /^(?:ssh|https?|file):\/\//i.exec(text)?.[0].toLowerCase() ?? '';
  const afterScheme = text.slice(scheme.length);
  const user = /^[a-zA-Z][a-zA-Z0-9-]*@/.exec(afterScheme)?.[0] ?? '';
  const place = afterScheme.slice(user.length);
  const isGithub = /^github\.com[/:]/i.test(place);
  // `user@host:path`; only of github.com may the user be missing.
  const isScp = scheme === '' && (user !== '' || isGithub);
  if (scheme === '' && !isScp) return undefined;
  if (scheme === fileScheme) return { prefix: scheme, rest: user + place };
  const at = separatorOf(place, isScp);
  const host = at < 0 ? place : place.slice(0, at + 1);
  const rest = at < 0 ? '' : place.slice(at + 1);
  if (isGithub) {
    const bySsh = scheme === 'ssh://' || user !== '';
    return { prefix: bySsh ? `${user}github.com:` : 'https://github.com/', rest };
  }
  return host === '' ? undefined : { prefix: scheme + user + host, rest };
}

function separatorOf(place: string, isScp: boolean): number {
  const slash = place.indexOf('/');
  const colon = place.indexOf(':');
  return isScp && (slash < 0 || (colon > 0 && colon < slash)) ? colon : slash;
}

/** Where the repository ends: at `_git/NAME`, at `//`, behind `.git`, else after two parts of the path. */
function splitPath(
  text: string,
  isFile: boolean,
): { repository: string; path: string } | undefined {
  const cut = (end: number, skipped = 0) => ({
    repository: text.slice(0, end),
    path: text.slice(end + skipped),
  });
  const azure = text.indexOf('_git/');
  if (azure >= 0) {
    const end = text.indexOf('/', azure + '_git/'.length);
    return end < 0 ? cut(text.length) : cut(end, 1);
  }
  const double = text.indexOf('//');
  if (double >= 0) return cut(double, 2);
  const suffix = text.indexOf('.git');
  if (suffix >= 0) return cut(suffix + '.git'.length);
  if (isFile) return cut(text.length);
  const parts = text.split('/');
  if (parts.length < 2) return undefined;
  return { repository: parts.slice(0, 2).join('/'), path: parts.slice(2).join('/') };
}

function leaves(path: string): boolean {
  let depth = 0;
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    depth += part === '..' ? -1 : 1;
    if (depth < 0) return true;
  }
  return false;
}

function readQuery(query: string): Pick<RepositorySpec, 'ref' | 'submodules' | 'timeoutMs'> {
  const values = parseQuery(query);
  const value = (key: string) => values.get(key) ?? '';
  const truth = value('submodules');
  return {
    ref: value('ref') === '' ? value('version') : value('ref'),
    submodules: !['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(truth),
    timeoutMs: readTimeout(value('timeout')),
  };
}

/** Go's url.ParseQuery, of which a fault leaves nothing; the first of several values counts. */
function parseQuery(query: string): Map<string, string> {
  const found = new Map<string, string>();
  try {
    for (const pair of query.split('&')) {
      if (pair === '') continue;
      if (pair.includes(';')) return new Map();
      const equals = pair.indexOf('=');
      const [key, value] =
        equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
      const name = unescape(key);
      const text = unescape(value);
      if (!found.has(name)) found.set(name, text);
    }
    return found;
  } catch (thrown) {
    if (thrown instanceof URIError) return new Map();
    throw thrown;
  }
}

const unescape = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '));

/** Seconds, or a duration; anything else is the default. */
function readTimeout(text: string): number {
  if (/^\+?\d{1,15}$/.test(text)) {
    const seconds = Number(text);
    return seconds > 0 ? seconds * 1000 : defaultTimeoutMs;
  }
  try {
    const ms = parseDurationMs(text);
    return ms > 0 ? ms : defaultTimeoutMs;
  } catch {
    return defaultTimeoutMs;
  }
}
