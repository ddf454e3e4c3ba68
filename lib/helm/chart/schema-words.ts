/** What a schema has against values, as Helm's validator prints it (github.com/santhosh-tekuri/jsonschema/v6). */
import type { ErrorObject } from 'ajv';
import { compareText } from '../yaml/mod.ts';
import { formatChecks } from './schema-formats.ts';

interface Violation {
  /** Where in the values, as a JSON pointer. */
  place: string;
  text: string;
  below: Violation[];
}

/** One line for each, `- at '/path': what`; those of a choice's branches stand below it. */
export function violations(errors: readonly ErrorObject[]): string {
  return print(tree(told(errors)), '');
}

/** In this order, and where one of them fails nothing else of that schema is looked at. */
const first = ['type', 'const', 'enum', 'format'];

function told(errors: readonly ErrorObject[]): ErrorObject[] {
  const deciding = new Map<string, number>();
  const key = (path: string, place: string) => `${path} ${place}`;
  const rank = ({ keyword }: ErrorObject) => first.indexOf(keyword);
  const parent = ({ schemaPath }: ErrorObject) => schemaPath.slice(0, schemaPath.lastIndexOf('/'));
  for (const error of errors) {
    if (rank(error) < 0) continue;
    const at = key(parent(error), error.instancePath);
    deciding.set(at, Math.min(deciding.get(at) ?? first.length, rank(error)));
  }
  return errors.filter((error) => {
    const own = deciding.get(key(parent(error), error.instancePath));
    return own === undefined || rank(error) === own;
  });
}

function print(list: readonly Violation[], indent: string): string {
  return list
    .map(
      ({ place, text, below }) =>
        `${indent}- at '${place}': ${text}\n${print(below, `${indent}  `)}`,
    )
    .join('');
}

/** Ajv says what is wrong in the branches of a choice first, and then that none fits. */
function tree(errors: readonly ErrorObject[]): Violation[] {
  const open: ErrorObject[] = [];
  const found: Violation[] = [];
  for (const error of errors) {
    // What `if` says is said by the branch that failed.
    if (error.keyword === 'if') continue;
    if (error.keyword !== 'anyOf' && error.keyword !== 'oneOf') {
      open.push(error);
      continue;
    }
    const first = open.findIndex(({ schemaPath }) => schemaPath.startsWith(`${error.schemaPath}/`));
    const inside = first < 0 ? [] : open.splice(first);
    const none = error.keyword === 'anyOf' || error.params['passingSchemas'] === null;
    found.push({
      place: error.instancePath,
      text: wordsFor(error),
      below: none ? branches(error.schemaPath, error.instancePath, inside) : [],
    });
  }
  return [...withAllOf(open), ...found];
}

/** The errors of each branch; several of one are a group. */
function branches(path: string, place: string, errors: readonly ErrorObject[]): Violation[] {
  const byBranch = new Map<string, ErrorObject[]>();
  let branch = '0';
  for (const error of errors) {
    // Behind a reference the path begins anew; it belongs to the branch that came before.
    if (error.schemaPath.startsWith(`${path}/`))
      branch = error.schemaPath.slice(path.length + 1).split('/', 1)[0] ?? branch;
    byBranch.set(branch, [...(byBranch.get(branch) ?? []), error]);
  }
  return [...byBranch.values()].flatMap((list) => {
    const below = tree(list);
    return below.length > 1 ? [{ place, text: 'validation failed', below }] : below;
  });
}

/** Ajv does not say that `allOf` failed, so that its paths have to. */
function withAllOf(errors: readonly ErrorObject[]): Violation[] {
  const found: Violation[] = [];
  const groups = new Map<string, { place: string; errors: ErrorObject[] }>();
  const plain: ErrorObject[] = [];
  for (const error of errors) {
    const at = error.schemaPath.indexOf('/allOf/');
    if (at < 0) {
      plain.push(error);
      continue;
    }
    const path = error.schemaPath.slice(0, at);
    const rest = error.schemaPath.slice(at + '/allOf/'.length);
    const place = above(error.instancePath, stepsIn(rest));
    const group = groups.get(`${path} ${place}`) ?? { place, errors: [] };
    group.errors.push({ ...error, schemaPath: `#/${rest}` });
    groups.set(`${path} ${place}`, group);
  }
  found.push(...gathered(plain));
  for (const { place, errors: inside } of groups.values())
    found.push({ place, text: "'allOf' failed", below: branches('#', place, inside) });
  return found;
}

/** How many steps into the values a path through a schema takes. */
function stepsIn(path: string): number {
  const parts = path.split('/');
  return parts.filter(
    (part, at) =>
      part === 'items' ||
      part === 'additionalProperties' ||
      ((part === 'properties' || part === 'patternProperties') && at < parts.length - 1),
  ).length;
}

function above(place: string, steps: number): string {
  const parts = place.split('/');
  return parts.slice(0, Math.max(1, parts.length - steps)).join('/');
}

/** Missing and surplus properties of one place come in one line. */
function gathered(errors: readonly ErrorObject[]): Violation[] {
  const found = new Map<string, Violation>();
  const names = new Map<string, string[]>();
  for (const error of errors) {
    const key = `${error.instancePath} ${error.keyword} ${error.schemaPath}`;
    const name = propertyOf(error);
    const all = [...(names.get(key) ?? []), ...(name === undefined ? [] : [name])];
    names.set(key, all);
    const text = name === undefined ? wordsFor(error) : namesText(error.keyword, all);
    found.set(key, { place: error.instancePath, text, below: [] });
  }
  return [...found.values()];
}

function propertyOf({ keyword, params }: ErrorObject): string | undefined {
  const found: unknown =
    keyword === 'required'
      ? params['missingProperty']
      : keyword === 'additionalProperties'
        ? params['additionalProperty']
        : undefined;
  return typeof found === 'string' ? found : undefined;
}

function namesText(keyword: string, names: readonly string[]): string {
  const quoted = (keyword === 'required' ? names : [...names].sort(compareText))
    .map((name) => `'${name}'`)
    .join(', ');
  if (keyword !== 'required') return `additional properties ${quoted} not allowed`;
  return names.length === 1 ? `missing property ${quoted}` : `missing properties ${quoted}`;
}

const typeOrder = ['null', 'boolean', 'number', 'integer', 'string', 'array', 'object'];

function wordsFor({ keyword, data, schema, params, message }: ErrorObject): string {
  switch (keyword) {
    case 'type': {
      const wanted = [schema]
        .flat()
        .map(String)
        .sort((a, b) => typeOrder.indexOf(a) - typeOrder.indexOf(b));
      return `got ${typeName(data)}, want ${wanted.join(' or ')}`;
    }
    case 'enum':
      if (!Array.isArray(schema) || schema.some(isNested)) return "'enum' failed";
      return schema.length === 1
        ? `value must be ${display(schema[0])}`
        : `value must be one of ${schema.map(display).join(', ')}`;
    case 'const':
      return isNested(schema) ? "'const' failed" : `value must be ${display(schema)}`;
    case 'minLength':
    case 'maxLength':
      return `${keyword}: got ${number([...String(data)].length)}, want ${number(schema)}`;
    case 'minItems':
    case 'maxItems':
      return `${keyword}: got ${number(Array.isArray(data) ? data.length : 0)}, want ${number(schema)}`;
    case 'minProperties':
    case 'maxProperties':
      return `${keyword}: got ${number(Object.keys(Object(data)).length)}, want ${number(schema)}`;
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
    case 'multipleOf':
      return `${keyword}: got ${number(data)}, want ${number(schema)}`;
    case 'format': {
      const [text, name] = [String(data), String(schema)];
      return `'${text}' is not valid ${name}: ${formatChecks[name]?.(text) ?? ''}`;
    }
    case 'pattern':
      return `'${String(data)}' does not match pattern '${String(schema)}'`;
    case 'uniqueItems':
      return `items at ${String(params['j'])} and ${String(params['i'])} are equal`;
    case 'contains':
      return 'no items match contains schema';
    case 'propertyNames':
      return `invalid propertyName '${String(params['propertyName'])}'`;
    case 'dependencies':
    case 'dependentRequired':
      return `properties ${String(params['deps'])
        .split(', ')
        .map((name) => `'${name}'`)
        .join(', ')} required, if '${String(params['property'])}' exists`;
    case 'oneOf': {
      const passing: unknown = params['passingSchemas'];
      return Array.isArray(passing)
        ? `'oneOf' failed, subschemas ${passing.join(', ')} matched`
        : "'oneOf' failed, none matched";
    }
    case 'not':
    case 'anyOf':
      return `'${keyword}' failed`;
    case 'false schema':
      return 'false schema';
    default:
      return message ?? `'${keyword}' failed`;
  }
}

const isNested = (value: unknown) => typeof value === 'object' && value !== null;

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}

const display = (value: unknown): string =>
  typeof value === 'string' ? `'${value}'` : value === null ? '<nil>' : String(value);

/** Printed for English readers: thousands apart. */
const number = (value: unknown): string =>
  typeof value === 'number'
    ? value.toLocaleString('en-US', { maximumFractionDigits: 20 })
    : String(value);
