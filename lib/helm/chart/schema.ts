/** Values against values.schema.json (helm 3.19 pkg/chartutil/jsonschema.go). */
import type { ValidateFunction } from 'ajv';
import { messageOf } from '../../runtime/mod.ts';
import { GoInt } from '../values/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';
import { parseJson } from '../yaml/mod.ts';
import type { Chart } from './chart.ts';
import { HelmError } from './errors.ts';
import { violations } from './schema-words.ts';

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
  return violations(validate.errors ?? []);
}

/** The validator is large and most charts have no schema, so that it is loaded here. */
async function compile(schema: Uint8Array): Promise<ValidateFunction> {
  const [{ Ajv }, { Ajv2019 }, { Ajv2020 }] = await Promise.all([
    import('ajv'),
    import('ajv/dist/2019.js'),
    import('ajv/dist/2020.js'),
  ]);
  const parsed: unknown = plain(readSchema(schema));
  if (typeof parsed !== 'object' || parsed === null) return new Ajv().compile({});
  const options = { allErrors: true, strict: false, validateFormats: false, verbose: true };
  const { $schema: dialect = '', ...rest } = { $schema: '', ...parsed } as Record<string, unknown>;
  const named = typeof dialect === 'string' ? dialect : '';
  if (named.includes('draft-0')) return new Ajv(options).compile(rest);
  if (named.includes('2019-09')) return new Ajv2019(options).compile(rest);
  return new Ajv2020(options).compile(rest);
}

/** @throws Error in the words of Go's decoder of streams */
function readSchema(schema: Uint8Array): GoValue {
  const text = new TextDecoder().decode(schema);
  try {
    return parseJson(text);
  } catch (cause) {
    const message = messageOf(cause);
    const short = message.endsWith('unexpected end of JSON input');
    throw new HelmError(
      'InvalidChart',
      'values.schema.json',
      short ? (text.trim() === '' ? 'EOF' : 'unexpected EOF') : message,
      { cause },
    );
  }
}

function plain(value: GoValue): unknown {
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  if (Array.isArray(value)) return value.map(plain);
  return value instanceof GoInt ? Number(value.value) : value;
}
