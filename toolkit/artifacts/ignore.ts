/** Which files of a source an artifact leaves out: `.gitignore` patterns, the last that fits decides (spec §2.2). Pure. */
import { HelmError, shellPattern } from '../../lib/helm/chart/mod.ts';

/** Whether a path is left out; segments are joined by `/`, relative to the source. */
export type Ignored = (path: string, isFolder: boolean) => boolean;

export interface IgnoreRule {
  /** Folder in whose `.sourceignore` it stands; '' for the source itself. */
  folder: string;
  segments: readonly Segment[];
  /** A slash in the pattern binds it to its folder; without one it fits names at any depth. */
  anchored: boolean;
  folderOnly: boolean;
  /** `!pattern`. */
  keeps: boolean;
}

/** One part of a pattern between slashes. */
interface Segment {
  text: string;
  /** Whether it is a name that fits; a pattern that cannot be read fits none. */
  fits(name: string): boolean;
}

const vcs = '.git/,.gitignore,.gitmodules,.gitattributes';
const byDefault = [
  '*.jpg,*.jpeg,*.gif,*.png,*.wmv,*.flv,*.tar.gz,*.zip',
  '.github/,.circleci/,.travis.yml,.gitlab-ci.yml,appveyor.yml,.drone.yml,cloudbuild.yaml',
  'codeship-services.yml,codeship-steps.yml',
  '**/.goreleaser.yml,**/.sops.yaml,**/.flux.yaml',
].join(',');

export const vcsRules: readonly IgnoreRule[] = readRules(vcs.replaceAll(',', '\n'), '');
const defaultRules: readonly IgnoreRule[] = readRules(byDefault.replaceAll(',', '\n'), '');

/** The rules of an ignore file's text. */
export function readRules(text: string, folder: string): IgnoreRule[] {
  return text
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#') && line.trim() !== '')
    .map((line) => ruleOf(line, folder));
}

/**
 * @param files rules of `.sourceignore` files, the outermost first
 * @param inline `spec.ignore`
 */
export function sourceFilter(files: readonly IgnoreRule[], inline: string | undefined): Ignored {
  const given = [...files, ...(inline === undefined ? [] : readRules(inline, ''))];
  return matcher([...vcsRules, ...(given.length === 0 ? defaultRules : given)]);
}

/** What these rules alone leave out. */
export function matcher(rules: readonly IgnoreRule[]): Ignored {
  return (path, isFolder) => {
    const segments = path.split('/');
    return rules.findLast((rule) => fits(rule, segments, isFolder))?.keeps === false;
  };
}

function ruleOf(line: string, folder: string): IgnoreRule {
  let text = line;
  const keeps = text.startsWith('!');
  if (keeps) text = text.slice(1);
  if (!text.endsWith('\\ ')) text = text.replace(/ +$/, '');
  const folderOnly = text.endsWith('/');
  if (folderOnly) text = text.slice(0, -1);
  return {
    folder,
    segments: text.split('/').map(segmentOf),
    anchored: text.includes('/'),
    folderOnly,
    keeps,
  };
}

function fits(rule: IgnoreRule, path: readonly string[], isFolder: boolean): boolean {
  const within = rule.folder === '' ? [] : rule.folder.split('/');
  if (within.length >= path.length && within.length > 0) return false;
  if (within.some((segment, at) => path[at] !== segment)) return false;
  const rest = path.slice(within.length);
  return rule.anchored ? fitsFrom(rule, rest, isFolder) : fitsAnywhere(rule, rest, isFolder);
}

function fitsAnywhere(
  { segments, folderOnly }: IgnoreRule,
  path: readonly string[],
  isFolder: boolean,
): boolean {
  const at = path.findIndex((name) => segments[0]?.fits(name) === true);
  if (at < 0) return false;
  return !(folderOnly && !isFolder && at === path.length - 1);
}

/** A pattern that fits the beginning of a path fits all that lies below. */
function fitsFrom(rule: IgnoreRule, given: readonly string[], isFolder: boolean): boolean {
  let path = given;
  let found = false;
  let anyDepth = false;
  for (const [at, pattern] of rule.segments.entries()) {
    if (pattern.text === '') {
      anyDepth = false;
      continue;
    }
    if (pattern.text === '**') {
      if (at === rule.segments.length - 1) break;
      anyDepth = true;
      continue;
    }
    if (pattern.text.includes('**') || path.length === 0) return false;
    if (anyDepth) {
      anyDepth = false;
      const next = path.findIndex((name) => pattern.fits(name));
      found = next >= 0;
      path = found ? path.slice(next + 1) : [];
    } else {
      if (!pattern.fits(path[0] ?? '')) return false;
      found = true;
      path = path.slice(1);
    }
  }
  return found && !(rule.folderOnly && !isFolder && path.length === 0);
}

function segmentOf(text: string): Segment {
  try {
    const pattern = shellPattern(text);
    return { text, fits: (name) => pattern.test(name) };
  } catch (thrown) {
    if (thrown instanceof HelmError) return { text, fits: () => false };
    throw thrown;
  }
}
