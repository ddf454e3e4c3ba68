/** Values against values.schema.json (helm 3.19 pkg/chartutil/jsonschema.go). */
import type { ErrorObject, ValidateFunction } from 'ajv';
import { messageOf } from '../../runtime/mod.ts';
import { GoInt } from '../values/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';
import { compareText } from '../yaml/mod.ts';
import type { Chart } from './chart.ts';
import { HelmError } from './errors.ts';

/** Compiled schemas; a chart's schema is the same bytes each time it is rendered. */
const validators = new WeakMap<Uint8Array, ValidateFunction>();

/**
 * Compares the values of a chart and of its sub-charts with their schemas.
 *
 * @param values coalesced
 * @throws HelmError `SchemaViolated` with Helm's text: each chart's name, then a line for each violation
 */
export async function validateValues(chart: Chart, values: GoMap): Promise<void> {
  const text = await problemsOf(chart, values);
  if (text === '') return;
  throw new HelmError(
    'SchemaViolated',
    chart.metadata.name,
    `values don't meet the specifications of the schema(s) in the following chart(s):\n${text}`,
  );
}

async function problemsOf(chart: Chart, values: GoMap): Promise<string> {
  const own = chart.schema === undefined ? '' : await schemaProblems(chart.schema, values);
  const below: string[] = [];
  for (const child of chart.dependencies) {
    const scope = values.get(child.metadata.name);
    below.push(await problemsOf(child, scope instanceof Map ? scope : new Map()));
  }
  return (own === '' ? '' : `${chart.metadata.name}:\n${own}`) + below.join('');
}

/** What one schema says against values; '' when nothing. */
export async function schemaProblems(schema: Uint8Array, values: GoMap): Promise<string> {
  let validate: ValidateFunction;
  try {
    validate = validators.get(schema) ?? (await compile(schema));
    validators.set(schema, validate);
  } catch (thrown) {
    return messageOf(thrown);
  }
  const json = plain(values);
  if (validate(json)) return '';
  return `${lines(validate.errors ?? []).join('\n')}\n`;
}

/** The validator is large and most charts have no schema, so that it is loaded here. */
async function compile(schema: Uint8Array): Promise<ValidateFunction> {
  const [{ Ajv }, { Ajv2019 }, { Ajv2020 }] = await Promise.all([
    import('ajv'),
    import('ajv/dist/2019.js'),
    import('ajv/dist/2020.js'),
  ]);
  const parsed: unknown = JSON.parse(new TextDecoder().decode(schema));
  if (typeof parsed !== 'object' || parsed === null) return new Ajv().compile({});
  const options = { allErrors: true, strict: false, validateFormats: false, verbose: true };
  const { $schema: dialect = '', ...rest } = { $schema: '', ...parsed } as Record<string, unknown>;
  const named = typeof dialect === 'string' ? dialect : '';
  if (named.includes('draft-0')) return new Ajv(options).compile(rest);
  if (named.includes('2019-09')) return new Ajv2019(options).compile(rest);
  return new Ajv2020(options).compile(rest);
}

/** `- at '/path': what`, in the words of Helm's validator; missing and surplus properties of one place in one line. */
function lines(errors: readonly ErrorObject[]): string[] {
  const texts = new Map<string, string>();
  const gathered = new Map<string, string[]>();
  for (const error of errors) {
    // What `if` says is said by the branch that failed.
    if (error.keyword === 'if') continue;
    const key = `${error.instancePath} ${error.keyword} ${error.schemaPath}`;
    const name = propertyOf(error);
    if (name === undefined) texts.set(key, wordsFor(error));
    else {
      const names = [...(gathered.get(key) ?? []), name];
      gathered.set(key, names);
      texts.set(key, namesText(error.keyword, names));
    }
  }
  return [...texts].map(([key, text]) => `- at '${key.slice(0, key.indexOf(' '))}': ${text}`);
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

function wordsFor(error: ErrorObject): string {
  const { keyword, data, schema } = error;
  switch (keyword) {
    case 'type':
      return `got ${typeName(data)}, want ${[schema].flat().join(' or ')}`;
    case 'enum':
      return Array.isArray(schema)
        ? schema.length === 1
          ? `value must be ${display(schema[0])}`
          : `value must be one of ${schema.map(display).join(', ')}`
        : "'enum' failed";
    case 'const':
      return `value must be ${display(schema)}`;
    case 'minLength':
    case 'maxLength':
      return `${keyword}: got ${[...String(data)].length}, want ${String(schema)}`;
    case 'minItems':
    case 'maxItems':
      return `${keyword}: got ${Array.isArray(data) ? data.length : 0}, want ${String(schema)}`;
    case 'minProperties':
    case 'maxProperties':
      return `${keyword}: got ${Object.keys(Object(data)).length}, want ${String(schema)}`;
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return `${keyword}: got ${String(data)}, want ${String(schema)}`;
    case 'multipleOf':
      return `${keyword}: got ${String(data)}, want ${String(schema)}`;
    case 'pattern':
      return `'${String(data)}' does not match pattern '${String(schema)}'`;
    case 'oneOf':
      return "'oneOf' failed, none matched";
    case 'not':
    case 'anyOf':
    case 'allOf':
      return `'${keyword}' failed`;
    case 'false schema':
      return 'false schema';
    default:
      return error.message ?? `'${keyword}' failed`;
  }
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}

function display(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
}

function plain(value: GoValue): unknown {
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  if (Array.isArray(value)) return value.map(plain);
  return value instanceof GoInt ? Number(value.value) : value;
}
