/**
 * Protobuf numbers of the fields of built-in types.
 *
 * The table (field-table.ts) has one line per type: `type;1!name;2?name;3*type;…`. After the number, `?` marks a field that
 * JSON leaves out when it is zero, `!` one that JSON always has, and `*` a struct whose fields stand in its owner's place
 * (`.X` is of the same package).
 */
import { fieldTable } from './field-table.ts';

export interface ProtobufField {
  name: string;
  /** JSON leaves it out when it is zero. */
  omitted: boolean;
  /** Part of the JSON of an empty struct. */
  always: boolean;
  /** The fields of this type stand in the owner's place. */
  inline?: string;
}

const lines = new Map(
  fieldTable
    .trim()
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf(';')), line]),
);
const parsed = new Map<string, ReadonlyMap<number, ProtobufField>>();

/** The fields of a type by number; `undefined` for types that are not in the table. */
export function protobufFields(type: string): ReadonlyMap<number, ProtobufField> | undefined {
  const known = parsed.get(type);
  if (known !== undefined) return known;
  const line = lines.get(type);
  if (line === undefined) return undefined;
  const folder = type.slice(0, type.lastIndexOf('.'));
  const fields = new Map<number, ProtobufField>();
  for (const entry of line.split(';').slice(1)) {
    const match = /^(\d+)([?!]?)(\*?)(.*)$/.exec(entry);
    if (match === null) continue;
    const [, number, flag, star, name = ''] = match;
    fields.set(Number(number), {
      name: star === '*' ? '' : name,
      omitted: flag === '?',
      always: flag === '!',
      ...(star === '*' ? { inline: name.startsWith('.') ? folder + name : name } : {}),
    });
  }
  parsed.set(type, fields);
  return fields;
}
