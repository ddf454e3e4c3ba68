/** What is wrong with a field, in the API server's words. */

export interface Issue {
  /** `spec.template.spec.containers[0].image`. */
  field: string;
  reason:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueTypeInvalid'
    | 'FieldValueNotSupported'
    | 'FieldValueDuplicate'
    | 'FieldValueForbidden'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany';
  /** Without the field's path: `Required value`. */
  message: string;
}

export function required(field: string, detail = ''): Issue {
  return { field, reason: 'FieldValueRequired', message: withDetail('Required value', detail) };
}

export function invalidValue(field: string, value: unknown, detail: string): Issue {
  return {
    field,
    reason: 'FieldValueInvalid',
    message: withDetail(`Invalid value: ${show(value)}`, detail),
  };
}

export function typeInvalid(field: string, value: unknown, detail: string): Issue {
  return {
    field,
    reason: 'FieldValueTypeInvalid',
    message: withDetail(`Invalid value: ${show(value)}`, detail),
  };
}

export function notSupported(field: string, value: unknown, allowed: readonly string[]): Issue {
  const list = allowed.map((each) => JSON.stringify(each)).join(', ');
  return {
    field,
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${show(value)}: supported values: ${list}`,
  };
}

export function duplicate(field: string, value: unknown): Issue {
  return { field, reason: 'FieldValueDuplicate', message: `Duplicate value: ${show(value)}` };
}

export function forbidden(field: string, detail: string): Issue {
  return { field, reason: 'FieldValueForbidden', message: `Forbidden: ${detail}` };
}

/** `metadata.name: Required value`, or `[a: …, b: …]` for several: the end of an Invalid (422) message. */
export function describeIssues(issues: readonly Issue[]): string {
  const all = issues.map((each) => `${each.field}: ${each.message}`);
  return all.length === 1 ? (all[0] ?? '') : `[${all.join(', ')}]`;
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

function withDetail(text: string, detail: string): string {
  return detail === '' ? text : `${text}: ${detail}`;
}
