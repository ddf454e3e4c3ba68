/** Go's strings are bytes; cutting them at a byte position needs a view of our text as bytes. */
import { SprigError } from './errors.ts';

const ascii = /^[\0-\x7f]*$/;

/** Each byte of the UTF-8 form as one character. */
export function toBytes(value: string): string {
  if (ascii.test(value)) return value;
  let out = '';
  for (const byte of new TextEncoder().encode(value)) out += String.fromCharCode(byte);
  return out;
}

/** Back to text; each byte that is no part of a character becomes a replacement character. */
export function fromBytes(bytes: string): string {
  if (ascii.test(bytes)) return bytes;
  let out = '';
  for (let i = 0; i < bytes.length;) {
    const first = bytes.charCodeAt(i);
    const width =
      first < 0x80
        ? 1
        : first < 0xc2
          ? 0
          : first < 0xe0
            ? 2
            : first < 0xf0
              ? 3
              : first < 0xf5
                ? 4
                : 0;
    const decoded = width === 0 ? undefined : decode(bytes.slice(i, i + width), width);
    out += decoded ?? '\ufffd';
    i += decoded === undefined ? 1 : width;
  }
  return out;
}

function decode(bytes: string, width: number): string | undefined {
  if (bytes.length < width) return undefined;
  const text = new TextDecoder().decode(Uint8Array.from(bytes, (c) => c.charCodeAt(0)));
  return text.includes('\ufffd') && bytes !== '\xef\xbf\xbd' ? undefined : text;
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
