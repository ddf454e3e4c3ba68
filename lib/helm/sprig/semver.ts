/** Versions, by the rules of Masterminds/semver. */
import { compareVersions, formatVersion, parseConstraint, parseVersion } from '../../policy/mod.ts';
import type { Version } from '../../policy/mod.ts';
import { messageOf } from '../../runtime/mod.ts';
import { quote } from '../template/mod.ts';
import type { TemplateFunction } from '../template/mod.ts';
import { GoInt, GoObject } from '../values/mod.ts';
import type { GoValue } from '../values/mod.ts';
import { SprigError } from './errors.ts';
import { fn, text } from './function.ts';
import type { SprigFunctions } from './function.ts';

/** The zero value. */
export const noVersion: Version = {
  major: 0,
  minor: 0,
  patch: 0,
  pre: '',
  metadata: '',
  original: '',
};

/** What `semver` gives: a version whose methods templates may call. */
export class SemverValue extends GoObject {
  readonly goType = '*semver.Version';
  /** Others than its holder change it only as `mergeOverwrite` does. */
  version: Version;

  constructor(version: Version) {
    super();
    this.version = version;
  }

  sprint(): string {
    return formatVersion(this.version);
  }

  /** What verbs such as `%d` print. */
  goPrivateFields(): readonly (readonly [string, GoValue])[] {
    const { major, minor, patch, pre, metadata, original } = this.version;
    const number = (value: number | bigint) => new GoInt('uint64', BigInt(value));
    return [
      ['major', number(major)],
      ['minor', number(minor)],
      ['patch', number(patch)],
      ['pre', pre],
      ['metadata', metadata],
      ['original', original],
    ];
  }

  /** As `%#v` prints it: a pointer to a struct. */
  goString(): string {
    const { major, minor, patch, pre, metadata, original } = this.version;
    const number = (value: number | bigint) => `0x${value.toString(16)}`;
    return `&semver.Version{major:${number(major)}, minor:${number(minor)}, patch:${number(patch)}, pre:${quote(pre)}, metadata:${quote(metadata)}, original:${quote(original)}}`;
  }

  toJsonValue(): string {
    return formatVersion(this.version);
  }

  goMethod(name: string): TemplateFunction | undefined {
    return Object.hasOwn(versionMethods, name) ? versionMethods[name]?.(this) : undefined;
  }

  compare(other: SemverValue): -1 | 0 | 1 {
    return compareVersions(this.version, other.version);
  }
}

/** Methods that templates may call; the numbers are uint64. */
const versionMethods: Readonly<Record<string, (of: SemverValue) => TemplateFunction>> = {
  Major: ({ version }) => fn('', () => new GoInt('uint64', BigInt(version.major))),
  Minor: ({ version }) => fn('', () => new GoInt('uint64', BigInt(version.minor))),
  Patch: ({ version }) => fn('', () => new GoInt('uint64', BigInt(version.patch))),
  Prerelease: ({ version }) => fn('', () => version.pre),
  Metadata: ({ version }) => fn('', () => version.metadata),
  Original: ({ version }) => fn('', () => version.original),
  String: (of) => fn('', () => of.sprint()),
  Compare: (of) => fn('any', ([other]) => GoInt.int(of.compare(versionValue(other)))),
  Equal: (of) => fn('any', ([other]) => of.compare(versionValue(other)) === 0),
  LessThan: (of) => fn('any', ([other]) => of.compare(versionValue(other)) < 0),
  LessThanEqual: (of) => fn('any', ([other]) => of.compare(versionValue(other)) <= 0),
  GreaterThan: (of) => fn('any', ([other]) => of.compare(versionValue(other)) > 0),
  GreaterThanEqual: (of) => fn('any', ([other]) => of.compare(versionValue(other)) >= 0),
};

function versionValue(value: GoValue | undefined): SemverValue {
  if (value instanceof SemverValue) return value;
  throw new SprigError('wrong type for value; expected *semver.Version');
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
