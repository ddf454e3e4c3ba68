/** `dependsOn[].readyExpr`: whether what is depended on is ready, by an expression of both objects. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { Fault } from '../../lib/runtime/mod.ts';
import { compileExpression } from '../runtime/mod.ts';
import { celValues } from './expressions.ts';

/**
 * @returns why it is not ready; nothing when it is. What an expression asks for and is not there may come
 * @throws Fault `InvalidCELExpression` for one that never can be answered, in the words of the originals
 */
export function unreadyBy(
  expression: string,
  { self, dep }: { self: KubeObject; dep: KubeObject },
): string | undefined {
  let evaluate;
  try {
    evaluate = compileExpression(expression, ['self', 'dep'], 'bool');
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    const message = `terminal error: failed to evaluate dependency ${dep.metadata.name ?? ''}: ${cause.message}`;
    throw new Fault('InvalidCELExpression', 'stall', 'readyExpr', message, { cause });
  }
  try {
    if (evaluate({ self: celValues(self), dep: celValues(dep) }) === true) return undefined;
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    return cause.message;
  }
  const { namespace = '', name = '' } = dep.metadata;
  return `dependency '${namespace}/${name}' is not ready according to readyExpr eval`;
}
