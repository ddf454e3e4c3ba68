/** Versions, by the rules of Masterminds/semver. */
import { compareVersions, formatVersion, parseConstraint, parseVersion } from '../../policy/mod.ts';
import type { Version } from '../../policy/mod.ts';
import { messageOf } from '../../runtime/mod.ts';
import { GoObject } from '../values/mod.ts';
import { SprigError } from './errors.ts';
import { fn, text } from './function.ts';
import type { SprigFunctions } from './function.ts';

/** What `semver` gives: a version whose methods templates may call. */
export class SemverValue extends GoObject {
  readonly goType = '*semver.Version';
  readonly version: Version;

  constructor(version: Version) {
    super();
    this.version = version;
  }

  sprint(): string {
    return formatVersion(this.version);
  }

  toJsonValue(): string {
    return formatVersion(this.version);
  }

  compare(other: SemverValue): -1 | 0 | 1 {
    return compareVersions(this.version, other.version);
  }
}

export const semverFunctions: SprigFunctions = {
  semver: fn('string', ([version]) => new SemverValue(versionOf(text(version)))),
  semverCompare: fn('string string', ([constraint, version]) => {
    const wanted = constraintOf(text(constraint));
    return wanted.allows(versionOf(text(version)));
  }),
};

function versionOf(value: string): Version {
  const version = parseVersion(value);
  if (version === undefined) throw new SprigError('invalid semantic version');
  return version;
}

function constraintOf(value: string): ReturnType<typeof parseConstraint> {
  try {
    return parseConstraint(value);
  } catch (cause) {
    throw new SprigError(messageOf(cause), { cause });
  }
}
