/** YAML documents read as Go's yaml.v2 reads them for Kubernetes: YAML 1.1 scalars, the last of duplicate keys wins. */
import yaml from 'js-yaml';

const booleans = new Map<string, boolean>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(
    (text) => [text, true] as const,
  ),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(
    (text) => [text, false] as const,
  ),
]);

const integer = /^[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|0o?[0-7_]+|0|[1-9][0-9_]*)$/;
const float = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;

const nothing = new yaml.Type('tag:yaml.org,2002:null', {
  kind: 'scalar',
  resolve: (text: unknown) =>
    text === null || ['', '~', 'null', 'Null', 'NULL'].includes(String(text)),
  construct: () => null,
});
const boolean = new yaml.Type('tag:yaml.org,2002:bool', {
  kind: 'scalar',
  resolve: (text: unknown) => typeof text === 'string' && booleans.has(text),
  construct: (text: string) => booleans.get(text) === true,
});
const int = new yaml.Type('tag:yaml.org,2002:int', {
  kind: 'scalar',
  resolve: (text: unknown) => typeof text === 'string' && integer.test(text),
  construct: readInteger,
});
const number = new yaml.Type('tag:yaml.org,2002:float', {
  kind: 'scalar',
  resolve: (text: unknown) => typeof text === 'string' && float.test(text),
  construct: Number,
});

const schema = yaml.FAILSAFE_SCHEMA.extend({
  implicit: [
    nothing,
    boolean,
    int,
    number,
    new yaml.Type('tag:yaml.org,2002:merge', {
      kind: 'scalar',
      resolve: (text: unknown) => text === '<<',
    }),
  ],
  explicit: [
    new yaml.Type('tag:yaml.org,2002:binary', {
      kind: 'scalar',
      construct: (text: string) => text.replaceAll(/\s/g, ''),
    }),
  ],
});

/**
 * Every document of a stream; empty ones are `null`.
 *
 * @throws js-yaml's YAMLException, with `mark.line` counted from 0
 */
export function readDocuments(text: string): unknown[] {
  const documents: unknown[] = [];
  yaml.loadAll(text.replace(/^\uFEFF/, ''), (document) => documents.push(document ?? null), {
    schema,
    json: true,
  });
  return documents;
}

function readInteger(text: string): number {
  const plain = text.replaceAll('_', '');
  const sign = plain.startsWith('-') ? -1 : 1;
  const digits = plain.replace(/^[-+]/, '');
  const octal = /^0o?([0-7]+)$/.exec(digits);
  return sign * (octal === null ? Number(digits) : parseInt(octal[1] ?? '0', 8));
}

/** Whether a plain scalar of this text would be read as something else than that string. */
export function readsAsOther(text: string): boolean {
  return (
    text === '' ||
    booleans.has(text) ||
    integer.test(text) ||
    float.test(text) ||
    ['~', 'null', 'Null', 'NULL', '<<', '='].includes(text) ||
    /^[-+]?\.(inf|Inf|INF)$|^\.(nan|NaN|NAN)$/.test(text) ||
    /^\d{4}-\d{1,2}-\d{1,2}/.test(text)
  );
}
