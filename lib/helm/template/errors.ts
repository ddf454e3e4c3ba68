/** What Go's text/template says when a template cannot be parsed or executed. */
import { Fault } from '../../runtime/mod.ts';

export type TemplateReason = 'TemplateSyntax' | 'TemplateFailed' | 'TemplateLimit';

export class TemplateError extends Fault {
  declare readonly reason: TemplateReason;

  /** @param subject the template's name */
  constructor(
    reason: TemplateReason,
    subject: string,
    message: string,
    options: { cause?: unknown } = {},
  ) {
    super(reason, 'stall', subject, message, options);
  }
}

/** Raised by functions and helpers below an execution; the evaluator adds where it happened. */
export class ExecutionProblem extends Error {}

/** Fails the running template with a message, as `errorf` does. */
export function problem(message: string): never {
  throw new ExecutionProblem(message);
}
