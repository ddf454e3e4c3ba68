/** Rules for values.yaml (helm 3.19 pkg/lint/rules/values.go). */
import { messageOf } from '../../../runtime/mod.ts';
import { mergeTables, schemaProblems } from '../../chart/mod.ts';
import { loadSchema } from '../../fetch/schema.ts';
import type { GoMap } from '../../values/mod.ts';
import { parseYamlMap } from '../../yaml/mod.ts';
import type { LintedChart } from './lint-chart.ts';
import type { Report } from './message.ts';

const file = 'values.yaml';

export async function lintValues(
  report: Report,
  { files }: LintedChart,
  given: GoMap,
): Promise<void> {
  const values = files.get(file);
  if (!report.note('info', file, values === undefined ? 'file does not exist' : undefined)) return;
  const schema = files.get('values.schema.json')?.data;
  report.note('error', file, await problemOf(values?.data, given, schema));
}

async function problemOf(
  data: Uint8Array | undefined,
  given: GoMap,
  schema: Uint8Array | undefined,
): Promise<string | undefined> {
  let own: GoMap;
  try {
    own = parseYamlMap(new TextDecoder().decode(data));
  } catch (thrown) {
    return `unable to parse YAML: ${messageOf(thrown)}`;
  }
  if (schema === undefined || schema.length === 0) return undefined;
  const ignore = () => undefined;
  const merged = mergeTables(mergeTables(new Map(), given, false, ignore), own, false, ignore);
  const problems = await schemaProblems(schema, merged, loadSchema);
  return problems === '' ? undefined : problems;
}
