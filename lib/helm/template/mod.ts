/** Go's text/template (1.24): text and data in, text out. Pure. */
export { ExecutionProblem, TemplateError } from './errors.ts';
export type { TemplateReason } from './errors.ts';
export { sprint, sprintf, sprintln, sprintValue } from './format.ts';
export { goTypeOfParam } from './function.ts';
export type {
  ParamType,
  Struct,
  TemplateFunction,
  TemplateFunctions,
  TemplateSet,
} from './function.ts';
export { readFloat, unquote } from './literals.ts';
export { quote } from '../values/mod.ts';
export { createTemplateSet } from './template-set.ts';
export type { TemplateSetOptions } from './template-set.ts';
export { entriesOf, fieldsOf, isTrue, itemsOf, typeOf } from './value.ts';
