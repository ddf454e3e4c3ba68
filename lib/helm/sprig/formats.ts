/** YAML, JSON and TOML. Helm's own writers swallow errors: what cannot be written is an empty text. */
import { messageOf } from '../../runtime/mod.ts';
import { GoSlice, GoTypedMap } from '../values/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';
import {
  parseJson,
  parseJsonArray,
  parseJsonMap,
  parseYamlArray,
  parseYamlMap,
  toYaml,
  toYamlPretty,
  writeJson,
  YamlError,
} from '../yaml/mod.ts';
import { SprigError } from './errors.ts';
import { any, fn, text } from './function.ts';
import type { SprigFunctions } from './function.ts';
import { kindOf } from './reflection.ts';
import { TomlSyntaxError } from './toml-cursor.ts';
import { parseToml } from './toml-read.ts';
import { toToml } from './toml-write.ts';

/** What Go's JSON reader leaves of a map or list that it read `null` into. */
const nilMap = new GoTypedMap('map[string]interface {}', new Map(), true);
const nilList = new GoSlice('[]interface {}', [], true);
const isJsonNull = (json: string): boolean => /^[ \t\r\n]*null[ \t\r\n]*$/.test(json);

export const formatFunctions: SprigFunctions = {
  toYaml: fn('any', ([value]) => orEmpty(() => toYaml(any(value)).replace(/\n$/, ''))),
  toYamlPretty: fn('any', ([value]) => {
    if (kindOf(any(value)) === 'complex128')
      throw new SprigError('cannot marshal type: complex128');
    return orEmpty(() => toYamlPretty(any(value)).replace(/\n$/, ''));
  }),
  fromYaml: fn('string', ([s]) => orErrorMap(() => parseYamlMap(text(s)))),
  fromYamlArray: fn('string', ([s]) => orErrorList(() => parseYamlArray(text(s)))),
  toJson: fn('any', ([value]) => orEmpty(() => writeJson(any(value)))),
  mustToJson: fn('any', ([value]) => orFail(() => writeJson(any(value)))),
  toRawJson: fn('any', ([value]) => orFail(() => writeJson(any(value), { escapeHtml: false }))),
  mustToRawJson: fn('any', ([value]) => orFail(() => writeJson(any(value), { escapeHtml: false }))),
  toPrettyJson: fn('any', ([value]) => orEmpty(() => writeJson(any(value), { indent: '  ' }))),
  mustToPrettyJson: fn('any', ([value]) => orFail(() => writeJson(any(value), { indent: '  ' }))),
  fromJson: fn('string', ([s]) =>
    isJsonNull(text(s)) ? nilMap : orErrorMap(() => parseJsonMap(text(s))),
  ),
  mustFromJson: fn('string', ([s]) => orFail(() => parseJson(text(s)))),
  fromToml: fn('string', ([s]) => {
    try {
      return parseToml(text(s));
    } catch (thrown) {
      if (!(thrown instanceof TomlSyntaxError)) throw thrown;
      return new Map([['Error', thrown.message]]);
    }
  }),
  toToml: fn('any', ([value]) => toToml(any(value))),
  fromJsonArray: fn('string', ([s]) =>
    isJsonNull(text(s)) ? nilList : orErrorList(() => parseJsonArray(text(s))),
  ),
};

function attempt<T, U>(run: () => T, fallback: (error: YamlError) => U): T | U {
  try {
    return run();
  } catch (error) {
    if (error instanceof YamlError) return fallback(error);
    throw error;
  }
}

function orEmpty(run: () => string): string {
  return attempt(run, () => '');
}

function orFail(run: () => GoValue): GoValue {
  return attempt(run, (cause) => {
    throw new SprigError(messageOf(cause), { cause });
  });
}

function orErrorMap(run: () => GoMap): GoMap {
  return attempt(run, (error) => new Map([['Error', error.message]]));
}

function orErrorList(run: () => GoValue[]): GoValue[] {
  return attempt(run, (error) => [error.message]);
}
