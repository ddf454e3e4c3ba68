/** Semantic versions, read as leniently as Masterminds/semver 3.4.0 reads them. */
import semver from 'semver';

export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** Without the dash, '' when there is none. */
  readonly pre: string;
  /** Build metadata without the plus sign. */
  readonly metadata: string;
  readonly original: string;
}

const loose =
  /^v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/;

/**
 * Parses `1.2.3`, `v1.2`, `1`, `01.2.3-rc.1+b2` …; missing parts are zero, leading zeros are dropped.
 *
 * @returns `undefined` when the text is no version (numbers beyond 2^53 included)
 */
export function parseVersion(text: string): Version | undefined {
  const match = loose.exec(text);
  if (match === null) return undefined;
  const [major, minor, patch] = [match[1], match[2], match[3]].map((part) => Number(part ?? '0'));
  const [pre = '', metadata = ''] = [match[4], match[5]];
  if (major === undefined || minor === undefined || patch === undefined) return undefined;
  if (![major, minor, patch].every(Number.isSafeInteger)) return undefined;
  if (pre.split('.').some((part) => /^0[0-9]+$/.test(part))) return undefined;
  return { major, minor, patch, pre, metadata, original: text };
}

/** `1.2.3-pre+build`, without a leading v. */
export function formatVersion(version: Version): string {
  const pre = version.pre === '' ? '' : `-${version.pre}`;
  const metadata = version.metadata === '' ? '' : `+${version.metadata}`;
  return `${version.major}.${version.minor}.${version.patch}${pre}${metadata}`;
}

/** Precedence as semver.org defines it: metadata does not count. */
export function compareVersions(a: Version, b: Version): -1 | 0 | 1 {
  const core = sign(a.major - b.major) || sign(a.minor - b.minor) || sign(a.patch - b.patch);
  if (core !== 0) return core;
  if (a.pre === b.pre) return 0;
  if (a.pre === '') return 1;
  if (b.pre === '') return -1;
  return semver.compare(`0.0.0-${a.pre}`, `0.0.0-${b.pre}`);
}

function sign(difference: number): -1 | 0 | 1 {
  return difference < 0 ? -1 : difference > 0 ? 1 : 0;
}
