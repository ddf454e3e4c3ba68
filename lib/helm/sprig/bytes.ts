/** Go's strings are bytes; cutting them at a byte position needs a view of our text as bytes. */
import { bytesOfText, textOfBytes } from '../values/mod.ts';
import { SprigError } from './errors.ts';

const ascii = /^[\0-\x7f]*$/;

/** Each byte of the UTF-8 form as one character. */
export function toBytes(value: string): string {
  if (ascii.test(value)) return value;
  let out = '';
  for (const byte of bytesOfText(value)) out += String.fromCharCode(byte);
  return out;
}

/** Back to text, from characters that stand for bytes. */
export function fromBytes(bytes: string): string {
  if (ascii.test(bytes)) return bytes;
  return textOfBytes(Uint8Array.from(bytes, (c) => c.charCodeAt(0)));
}

/** `text[start:end]` in Go, which panics when out of range. */
export function sliceBytes(value: string, start: number, end?: number): string {
  const bytes = toBytes(value);
  const { length } = bytes;
  const panic = (range: string) =>
    new SprigError(`runtime error: slice bounds out of range ${range}`);
  if (end !== undefined && end < 0) throw panic(`[:${end}]`);
  if (end !== undefined && end > length) throw panic(`[:${end}] with length ${length}`);
  if (start < 0) throw panic(`[${start}:]`);
  if (start > (end ?? length)) throw panic(`[${start}:${end ?? length}]`);
  return fromBytes(bytes.slice(start, end));
}
