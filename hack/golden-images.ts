/** Compares our image references and filters with lines printed by Flux 1.25.4's own packages. */
import {
  canonicalName,
  canonicalNameString,
  filterAndSort,
  formatImageRef,
  parseImageRef,
  parsePattern,
} from '../lib/policy/mod.ts';

/** Filters whose result differs on purpose: pre-releases slipped through `!=` in the original. */
const mended = new Set(['semver:!=1.2.3']);

interface GoldenLine {
  pattern?: string;
  string: string;
  valid?: boolean;
  requiresTimestamp?: boolean;
  images?: { tag: string; created?: string }[];
  sorted?: string[];
  ref?: string;
  error?: string;
  domain?: string;
  image?: string;
  tag?: string;
  registry?: string;
  repository?: string;
  canonicalName?: string;
}

export interface ImageComparison {
  equal: number;
  excused: number;
  /** One text for each line that differs. */
  different: string[];
}

/** @param lines JSON objects, one each, as the README beside the golden file describes */
export function compareImages(lines: readonly string[]): ImageComparison {
  const outcome: ImageComparison = { equal: 0, excused: 0, different: [] };
  for (const line of lines) {
    if (line.trim() === '') continue;
    const one = JSON.parse(line) as GoldenLine;
    const [want, got] = one.pattern === undefined ? refPair(one) : patternPair(one, one.pattern);
    if (JSON.stringify(want) === JSON.stringify(got)) outcome.equal += 1;
    else if (mended.has(one.pattern ?? '')) outcome.excused += 1;
    else
      outcome.different.push(
        `${one.pattern ?? one.ref ?? ''}: want ${JSON.stringify(want)}, got ${JSON.stringify(got)}`,
      );
  }
  return outcome;
}

function patternPair(one: GoldenLine, text: string): [unknown, unknown] {
  const pattern = parsePattern(text);
  const facts = [pattern.text, pattern.valid, pattern.requiresTimestamp];
  const want = [one.string, one.valid, one.requiresTimestamp];
  if (!pattern.valid) return [want, facts];
  const tags = (one.images ?? []).map(({ tag, created }) => ({
    tag,
    createdAt: created === undefined ? undefined : Date.parse(created),
  }));
  const sorted = filterAndSort(tags, pattern).map(({ tag }) => tag);
  return [
    [...want, one.sorted ?? []],
    [...facts, sorted],
  ];
}

function refPair(one: GoldenLine): [unknown, unknown] {
  const text = one.ref ?? '';
  try {
    const ref = parseImageRef(text);
    const name = canonicalName(ref);
    return [
      one.error ?? [
        one.domain,
        one.image,
        one.tag,
        one.string,
        one.registry,
        one.repository,
        one.canonicalName,
      ],
      [
        ref.domain,
        ref.image,
        ref.tag,
        formatImageRef(ref),
        name.domain,
        name.image,
        canonicalNameString(ref),
      ],
    ];
  } catch (thrown) {
    return [one.error, thrown instanceof Error ? thrown.message : String(thrown)];
  }
}
