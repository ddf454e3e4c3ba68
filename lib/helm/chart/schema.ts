/** Values against values.schema.json (helm 3.19 pkg/chartutil/jsonschema.go). */
import type { Options, ValidateFunction } from 'ajv';
import { isRecord, messageOf } from '../../runtime/mod.ts';
import { GoInt, quote } from '../values/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';
import { parseJson } from '../yaml/mod.ts';
import type { Chart } from './chart.ts';
import { HelmError } from './errors.ts';
import { formatChecks } from './schema-formats.ts';
import { violations } from './schema-words.ts';

/** The text behind an `http:` or `https:` URL. What it throws is what Helm says of the request. */
export type LoadSchema = (url: string) => Promise<Uint8Array>;

const refuseAll: LoadSchema = () => Promise.reject(new Error('no schemas are loaded here'));

/** Compiled schemas; a chart's schema is the same bytes each time it is rendered. */
const validators = new WeakMap<Uint8Array, ValidateFunction>();

/**
 * Compares the values of a chart and of its sub-charts with their schemas.
 *
 * @param values coalesced
 * @param load gets schemas that one refers to by URL; without it they are not there
 * @throws HelmError `SchemaViolated` with Helm's text: each chart's name, then a line for each violation
 */
export async function validateValues(
  chart: Chart,
  values: GoMap,
  load: LoadSchema = refuseAll,
): Promise<void> {
  const text = await problemsOf(chart, values, load);
  if (text === '') return;
  throw new HelmError(
    'SchemaViolated',
    chart.metadata.name,
    `values don't meet the specifications of the schema(s) in the following chart(s):\n${text}`,
  );
}

async function problemsOf(chart: Chart, values: GoMap, load: LoadSchema): Promise<string> {
  const own = chart.schema === undefined ? '' : await schemaProblems(chart.schema, values, load);
  const below: string[] = [];
  for (const child of chart.dependencies) {
    const scope = values.get(child.metadata.name);
    below.push(await problemsOf(child, scope instanceof Map ? scope : new Map(), load));
  }
  return (own === '' ? '' : `${chart.metadata.name}:\n${own}`) + below.join('');
}

/** What one schema says against values; '' when nothing. */
export async function schemaProblems(
  schema: Uint8Array,
  values: GoMap,
  load: LoadSchema = refuseAll,
): Promise<string> {
  let validate: ValidateFunction;
  try {
    validate = validators.get(schema) ?? (await compile(schema, load));
    validators.set(schema, validate);
  } catch (thrown) {
    return compileProblem(thrown);
  }
  const json = plain(values);
  if (validate(json)) return '';
  return violations(validate.errors ?? []);
}

/** The validator is large and most charts have no schema, so that it is loaded here. */
async function compile(schema: Uint8Array, load: LoadSchema): Promise<ValidateFunction> {
  const { Ajv, Ajv2019, Ajv2020 } = await import('./schema-compilers.ts');
  const parsed: unknown = plain(readSchema(schema));
  if (!isRecord(parsed)) return new Ajv().compile({});
  const dialect = dialectOf(parsed);
  const options: Options = {
    allErrors: true,
    strict: false,
    verbose: true,
    logger: false,
    // Later drafts take a format for a remark.
    ...(dialect === 'old' ? { formats: formatsOfAjv() } : { validateFormats: false }),
    loadSchema: async (url) => {
      const text = await load(url).catch((cause: unknown) => {
        throw new Error(`failing loading ${quote(url)}: ${messageOf(cause)}`, { cause });
      });
      const found: unknown = plain(readSchema(text));
      return isRecord(found) ? prepared(found) : {};
    },
  };
  const Validator = { old: Ajv, '2019': Ajv2019, '2020': Ajv2020 }[dialect];
  return new Validator(options).compileAsync(prepared(parsed));
}

type Schema = Record<string, unknown>;

function dialectOf({ $schema }: Schema): 'old' | '2019' | '2020' {
  const named = typeof $schema === 'string' ? $schema : '';
  if (named.includes('draft-0')) return 'old';
  return named.includes('2019-09') ? '2019' : '2020';
}

/** Without the name of its dialect, and with what older drafts say put as draft 7 does. */
function prepared(schema: Schema): Schema {
  const { $schema, ...rest } = schema;
  if (dialectOf(schema) !== 'old') return rest;
  const isFour = typeof $schema === 'string' && $schema.includes('draft-04');
  return asDraft7(rest, isFour) as Schema;
}

/** Beside a reference nothing else counts; draft 4's exclusive bounds are remarks on its bounds. */
function asDraft7(schema: unknown, isFour: boolean): unknown {
  if (Array.isArray(schema)) return schema.map((item) => asDraft7(item, isFour));
  if (!isRecord(schema)) return schema;
  const { $ref, definitions, ...others } = schema;
  const read: Schema =
    typeof $ref === 'string'
      ? { $ref, ...(definitions === undefined ? {} : { definitions }) }
      : schema;
  const made: Schema = {};
  for (const [key, value] of Object.entries(read)) {
    const isData = key === 'enum' || key === 'const' || key === 'default' || key === 'examples';
    made[key] = isData ? value : asDraft7(value, isFour);
  }
  if (!isFour || $ref !== undefined) return made;
  for (const bound of ['Minimum', 'Maximum'] as const) {
    const [exclusive, plainBound] = [`exclusive${bound}`, bound.toLowerCase()];
    if (typeof others[exclusive] !== 'boolean') continue;
    const limit = made[plainBound];
    delete made[exclusive];
    if (others[exclusive] && typeof limit === 'number') {
      delete made[plainBound];
      made[exclusive] = limit;
    }
  }
  return made;
}

const formatsOfAjv = (): Options['formats'] & object =>
  Object.fromEntries(
    Object.entries(formatChecks).map(([name, check]) => [
      name,
      (text: string) => check(text) === undefined,
    ]),
  );

/** What Helm's validator says of a schema that it cannot use. */
function compileProblem(thrown: unknown): string {
  const message = messageOf(thrown);
  // The one thing that Ajv's error carries is its text.
  const missing = /is loaded but (\S+) cannot be resolved$/.exec(message)?.[1];
  if (missing === undefined) return message;
  const place = missing.startsWith('#') ? `file:///values.schema.json${missing}` : missing;
  return `json-pointer in ${quote(place)} not found`;
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
