/** The wire format of protocol buffers, as far as Helm 2 uses it. Pure. */

/** Fields of a message by their number; a field may come several times. */
export interface Message {
  text(field: number): string;
  texts(field: number): string[];
  bytes(field: number): Uint8Array;
  /** A whole number, an enumeration or a truth value; 0 when it is absent. */
  number(field: number): number;
  /** Packed or one by one. */
  numbers(field: number): number[];
  message(field: number): Message | undefined;
  messages(field: number): Message[];
}

type Field = number | Uint8Array;

/** @throws RangeError when the bytes are no message */
export function readMessage(bytes: Uint8Array): Message {
  const fields = new Map<number, Field[]>();
  const cursor = { bytes, at: 0 };
  while (cursor.at < bytes.length) {
    const tag = readVarint(cursor);
    const number = tag >>> 3;
    fields.set(number, [...(fields.get(number) ?? []), readField(cursor, tag & 7)]);
  }
  const all = (field: number) => fields.get(field) ?? [];
  const chunks = (field: number) =>
    all(field).filter((value): value is Uint8Array => typeof value !== 'number');
  const texts = (field: number) => chunks(field).map((chunk) => Buffer.from(chunk).toString());
  const numbers = (field: number) =>
    all(field).flatMap((value) => (typeof value === 'number' ? [value] : readPacked(value)));
  const messages = (field: number) => chunks(field).map(readMessage);
  return {
    text: (field) => texts(field).at(-1) ?? '',
    texts,
    bytes: (field) => chunks(field).at(-1) ?? new Uint8Array(),
    number: (field) => numbers(field).at(-1) ?? 0,
    numbers,
    message: (field) => messages(field).at(-1),
    messages,
  };
}

interface Cursor {
  bytes: Uint8Array;
  at: number;
}

const lengths: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

function readField(cursor: Cursor, type: number): Field {
  if (type === 0) return readVarint(cursor);
  const length = type === 2 ? readVarint(cursor) : lengths[type];
  if (length === undefined) throw new RangeError(`unknown wire type ${type}`);
  const end = cursor.at + length;
  if (length < 0 || end > cursor.bytes.length) throw new RangeError('a field ends too early');
  const chunk = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return chunk;
}

function readPacked(bytes: Uint8Array): number[] {
  const cursor = { bytes, at: 0 };
  const numbers: number[] = [];
  while (cursor.at < bytes.length) numbers.push(readVarint(cursor));
  return numbers;
}

/** Negative numbers take ten bytes, as two's complement of 64 bits. */
function readVarint(cursor: Cursor): number {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = cursor.bytes[cursor.at];
    if (byte === undefined) throw new RangeError('a number ends too early');
    cursor.at += 1;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return Number(BigInt.asIntN(64, value));
  }
  throw new RangeError('a number is too long');
}
