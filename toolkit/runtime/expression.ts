/** Expressions in CEL, the Common Expression Language, as objects of the toolkit carry them (fluxcd/pkg runtime/cel). */
import { Environment } from '@marcbachmann/cel-js';
import { Fault, messageOf } from '../../lib/runtime/mod.ts';
import { withFunctions } from './expression-functions.ts';

export type ExpressionType = 'bool' | 'string';

export type Expression = (variables: Readonly<Record<string, unknown>>) => unknown;

/** Of messages of the evaluator only the first line: the others draw the place in the text. */
const firstLine = (thrown: unknown): string => messageOf(thrown).split('\n')[0] ?? '';

const fault = (text: string, message: string, cause?: unknown) =>
  new Fault('InvalidCELExpression', 'stall', text, message, { cause });

const language = withFunctions(
  new Environment({ homogeneousAggregateLiterals: true, enableOptionalTypes: true }),
);

/**
 * Reads an expression whose variables are maps of JSON.
 *
 * @param variables `undefined` for any at all: then only the form is looked at, and nothing is known of the result
 * @param wanted the type of its result; `undefined` for any
 * @throws Fault `InvalidCELExpression`, here for its form, its names and its type, and when it is called for what its
 *   values do not have
 */
export function compileExpression(
  text: string,
  variables: readonly string[] | undefined,
  wanted: ExpressionType | undefined,
): Expression {
  const environment = language.clone({ unlistedVariablesAreDyn: variables === undefined });
  for (const name of variables ?? []) environment.registerVariable(name, 'map');
  let parsed;
  try {
    parsed = environment.parse(text);
  } catch (cause) {
    throw fault(text, `failed to parse the CEL expression '${text}': ${firstLine(cause)}`, cause);
  }
  const evaluate = parsed;
  if (variables !== undefined) {
    const { valid, type = 'dyn', error } = evaluate.check();
    if (!valid)
      throw fault(text, `failed to parse the CEL expression '${text}': ${firstLine(error)}`, error);
    if (wanted !== undefined && type !== wanted)
      throw fault(text, `CEL expression output type mismatch: expected ${wanted}, got ${type}`);
  }
  return (values) => {
    try {
      const result: unknown = evaluate({ ...values });
      return result;
    } catch (cause) {
      throw fault(
        text,
        `failed to evaluate the CEL expression '${text}': ${firstLine(cause)}`,
        cause,
      );
    }
  };
}
