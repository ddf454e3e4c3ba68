/** Validation of custom objects against their schema, in the API server's words (compared with 1.34). */
import { RE2JS } from 're2js';
import { fieldSchema, schemaAt, schemasAt, textsOf } from './custom-schema.ts';
import type { JsonSchema } from './custom-schema.ts';
import { duplicate, invalidValue, notSupported, required, typeInvalid } from './issue.ts';
import type { Issue } from './issue.ts';
import { isObject, sameJson } from './type-node.ts';
import type { JsonObject } from './type-node.ts';

export function validateCustom(object: JsonObject, schema: JsonSchema): Issue[] {
  const issues: Issue[] = [];
  check(object, schema, '', issues);
  return issues;
}

function check(value: unknown, schema: JsonSchema, path: string, issues: Issue[]): void {
  if (value === null && schema['nullable'] === true) return;
  const wrong = typeIssue(value, schema, path);
  if (wrong !== undefined) {
    issues.push(wrong);
    return;
  }
  checkEnum(value, schema, path, issues);
  if (typeof value === 'string') checkText(value, schema, path, issues);
  else if (typeof value === 'number') checkNumber(value, schema, path, issues);
  else if (Array.isArray(value)) checkList(value, schema, path, issues);
  else if (isObject(value)) checkObject(value, schema, path, issues);
  checkCombined(value, schema, path, issues);
}

function typeIssue(value: unknown, schema: JsonSchema, path: string): Issue | undefined {
  const actual = jsonType(value);
  if (schema['x-kubernetes-int-or-string'] === true) {
    return actual === 'integer' || actual === 'string'
      ? undefined
      : wrongType(path, actual, 'integer,string');
  }
  const wanted = schema['type'];
  if (typeof wanted !== 'string' || wanted === actual) return undefined;
  if (wanted === 'number' && actual === 'integer') return undefined;
  return wrongType(path, actual, wanted);
}

function wrongType(path: string, actual: string, wanted: string): Issue {
  return typeInvalid(
    path,
    actual,
    `${inBody(path)} must be of type ${wanted}: ${JSON.stringify(actual)}`,
  );
}

function jsonType(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function checkEnum(value: unknown, schema: JsonSchema, path: string, issues: Issue[]): void {
  const allowed = schema['enum'];
  if (!Array.isArray(allowed) || allowed.some((each) => sameJson(each, value))) return;
  issues.push(
    notSupported(
      path,
      value,
      allowed.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))),
    ),
  );
}

function checkText(value: string, schema: JsonSchema, path: string, issues: Issue[]): void {
  const { maxLength, minLength, pattern, format } = schema;
  const length = [...value].length;
  if (typeof maxLength === 'number' && length > maxLength) {
    issues.push({
      field: path,
      reason: 'FieldValueTooLong',
      message: `Too long: may not be more than ${String(maxLength)} bytes`,
    });
  }
  if (typeof minLength === 'number' && length < minLength) {
    issues.push(
      invalidValue(
        path,
        value,
        `${inBody(path)} should be at least ${String(minLength)} chars long`,
      ),
    );
  }
  if (typeof pattern === 'string' && !RE2JS.compile(pattern).matcher(value).find()) {
    issues.push(invalidValue(path, value, `${inBody(path)} should match '${pattern}'`));
  }
  const test = typeof format === 'string' ? formats[format] : undefined;
  if (test !== undefined && !test(value)) {
    issues.push(
      typeInvalid(
        path,
        value,
        `${inBody(path)} must be of type ${String(format)}: ${JSON.stringify(value)}`,
      ),
    );
  }
}

const formats: Readonly<Record<string, (text: string) => boolean>> = {
  'date-time': (text) =>
    /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/.test(text) &&
    !Number.isNaN(Date.parse(text)),
  date: (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)),
  duration: (text) => /^[+-]?((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))+$|^0$/.test(text),
  uuid: (text) => /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(text),
  byte: (text) => /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0,
  ipv4: (text) => /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(text),
};

function checkNumber(value: number, schema: JsonSchema, path: string, issues: Issue[]): void {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  if (
    typeof minimum === 'number' &&
    (value < minimum || (exclusiveMinimum === true && value === minimum))
  ) {
    const words = exclusiveMinimum === true ? 'greater than' : 'greater than or equal to';
    issues.push(invalidValue(path, value, `${inBody(path)} should be ${words} ${String(minimum)}`));
  }
  if (
    typeof maximum === 'number' &&
    (value > maximum || (exclusiveMaximum === true && value === maximum))
  ) {
    const words = exclusiveMaximum === true ? 'less than' : 'less than or equal to';
    issues.push(invalidValue(path, value, `${inBody(path)} should be ${words} ${String(maximum)}`));
  }
  if (typeof multipleOf === 'number' && value % multipleOf !== 0) {
    issues.push(
      invalidValue(path, value, `${inBody(path)} should be a multiple of ${String(multipleOf)}`),
    );
  }
}

function checkList(value: unknown[], schema: JsonSchema, path: string, issues: Issue[]): void {
  const { minItems, maxItems } = schema;
  if (typeof minItems === 'number' && value.length < minItems) {
    issues.push(
      invalidValue(
        path,
        value.length,
        `${inBody(path)} should have at least ${String(minItems)} items`,
      ),
    );
  }
  if (typeof maxItems === 'number' && value.length > maxItems) {
    issues.push({
      field: path,
      reason: 'FieldValueTooMany',
      message: `Too many: ${String(value.length)}: must have at most ${String(maxItems)} items`,
    });
  }
  const items = schemaAt(schema, 'items');
  if (items !== undefined) {
    value.forEach((each, i) => check(each, items, `${path}[${String(i)}]`, issues));
  }
  checkKeys(value, schema, path, issues);
}

function checkKeys(value: unknown[], schema: JsonSchema, path: string, issues: Issue[]): void {
  const kind = schema['x-kubernetes-list-type'];
  if (kind !== 'map' && kind !== 'set') return;
  const keys = textsOf(schema['x-kubernetes-list-map-keys']);
  const seen = new Set<string>();
  value.forEach((each, i) => {
    const key =
      kind === 'set' || !isObject(each)
        ? each
        : Object.fromEntries(
            keys.filter((name) => each[name] !== undefined).map((name) => [name, each[name]]),
          );
    const text = JSON.stringify(key);
    if (seen.has(text)) issues.push(duplicate(`${path}[${String(i)}]`, key));
    seen.add(text);
  });
}

function checkObject(value: JsonObject, schema: JsonSchema, path: string, issues: Issue[]): void {
  for (const name of textsOf(schema['required'])) {
    if (value[name] === undefined) issues.push(required(join(path, name)));
  }
  const { minProperties, maxProperties } = schema;
  const count = Object.keys(value).length;
  if (typeof minProperties === 'number' && count < minProperties) {
    issues.push(
      invalidValue(
        path,
        count,
        `${inBody(path)} should have at least ${String(minProperties)} properties`,
      ),
    );
  }
  if (typeof maxProperties === 'number' && count > maxProperties) {
    issues.push({
      field: path,
      reason: 'FieldValueTooMany',
      message: `Too many: ${String(count)}: must have at most ${String(maxProperties)} items`,
    });
  }
  for (const [name, child] of Object.entries(value)) {
    if (path === '' && name === 'metadata') continue;
    const known = fieldSchema(schema, name);
    if (known !== undefined && child !== undefined) check(child, known, join(path, name), issues);
  }
}

function checkCombined(value: unknown, schema: JsonSchema, path: string, issues: Issue[]): void {
  const problems = (option: JsonSchema): Issue[] => {
    const found: Issue[] = [];
    check(value, option, path, found);
    return found;
  };
  for (const each of schemasAt(schema, 'allOf')) issues.push(...problems(each));
  const said = (text: string): Issue =>
    invalidValue('<nil>', '', `${JSON.stringify(path)} ${text}`);
  const one = schemasAt(schema, 'oneOf');
  if (one.length > 0) {
    const tried = one.map(problems);
    const fitting = tried.filter((each) => each.length === 0).length;
    if (fitting === 0) {
      issues.push(
        said('must validate one and only one schema (oneOf). Found none valid'),
        ...(tried[0] ?? []),
      );
    } else if (fitting > 1) {
      issues.push(
        said(
          `must validate one and only one schema (oneOf). Found ${String(fitting)} valid alternatives`,
        ),
      );
    }
  }
  const any = schemasAt(schema, 'anyOf');
  if (any.length > 0) {
    const tried = any.map(problems);
    if (!tried.some((each) => each.length === 0)) {
      issues.push(said('must validate at least one schema (anyOf)'), ...(tried[0] ?? []));
    }
  }
  const not = schemaAt(schema, 'not');
  if (not !== undefined && problems(not).length === 0)
    issues.push(said('must not validate the schema (not)'));
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function inBody(path: string): string {
  return `${path} in body`;
}
