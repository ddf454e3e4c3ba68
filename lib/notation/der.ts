/** DER (X.690): one value, and the values within it. What is cut off, or longer than it says, is refused. */
import { malformed } from './errors.ts';

export interface Der {
  /** The identifier octet: class, form and number. */
  tag: number;
  content: Buffer;
  /** With identifier and length. */
  raw: Buffer;
}

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  enumerated: 0x0a,
  utf8: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmp: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The tag of a field by its number: `[n]`, with values in it or, `simple`, without. */
export const field = (number: number, form: 'constructed' | 'simple' = 'constructed'): number =>
  (form === 'constructed' ? 0xa0 : 0x80) | number;

/** Exactly one value. @throws NotationError `Malformed` */
export function readDer(data: Uint8Array): Der {
  const found = next(Buffer.from(data), 0);
  if (found.raw.length !== data.length) throw malformed('asn1: trailing data');
  return found;
}

/** Values one after the other. */
export function readAll(data: Uint8Array): Der[] {
  const bytes = Buffer.from(data);
  const found: Der[] = [];
  for (let at = 0; at < bytes.length;) {
    const value = next(bytes, at);
    found.push(value);
    at += value.raw.length;
  }
  return found;
}

function next(bytes: Buffer, start: number): Der {
  const tag = bytes[start];
  const first = bytes[start + 1];
  if (tag === undefined || first === undefined) throw malformed('asn1: data truncated');
  if ((tag & 0x1f) === 0x1f) throw malformed('asn1: tag with a high number');
  let [length, at] = [first, start + 2];
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 4) throw malformed('asn1: length is not that of DER');
    if (at + count > bytes.length) throw malformed('asn1: data truncated');
    length = bytes.readUIntBE(at, count);
    at += count;
  }
  const end = at + length;
  if (end > bytes.length) throw malformed('asn1: data truncated');
  return { tag, content: bytes.subarray(at, end), raw: bytes.subarray(start, end) };
}

/** The values in one that has to have this tag. */
export function within(value: Der | undefined, tag: number = tags.sequence): Der[] {
  return readAll(expect(value, tag).content);
}

export function expect(value: Der | undefined, tag: number): Der {
  if (value?.tag === tag) return value;
  throw malformed(`asn1: structure error: tag ${value?.tag ?? 'none'}, not ${tag}`);
}

export function readOid(value: Der | undefined): string {
  const { content } = expect(value, tags.oid);
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of content) {
    arc = arc * 128 + (byte & 0x7f);
    if ((byte & 0x80) !== 0) continue;
    arcs.push(arc);
    arc = 0;
  }
  const [joined = 0, ...rest] = arcs;
  const first = Math.min(2, Math.floor(joined / 40));
  return [first, joined - first * 40, ...rest].join('.');
}

export function readInteger(value: Der | undefined, tag: number = tags.integer): bigint {
  const { content } = expect(value, tag);
  if (content.length === 0) throw malformed('asn1: empty integer');
  const all = BigInt(`0x${content.toString('hex')}`);
  return BigInt.asIntN(content.length * 8, all);
}

export const readBoolean = (value: Der): boolean => expect(value, tags.boolean).content[0] !== 0;

/** Bits of whole octets, the unused ones as zeroes. */
export function readBits(value: Der | undefined): Buffer {
  const { content } = expect(value, tags.bits);
  if (content.length === 0) throw malformed('asn1: zero length BIT STRING');
  return content.subarray(1);
}

/** UTCTime and GeneralizedTime; a fraction of a second is kept to the millisecond. */
export function readTime(value: Der | undefined): Date {
  const text = value?.content.toString('latin1') ?? '';
  const digits =
    value?.tag === tags.utcTime ? `${Number(text.slice(0, 2)) < 50 ? 20 : 19}${text}` : text;
  const [, year, month, day, hour, minute, second, fraction = ''] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d+)?Z$/.exec(digits) ?? [];
  const isTime = value?.tag === tags.utcTime || value?.tag === tags.generalizedTime;
  if (!isTime || year === undefined) throw malformed(`asn1: '${text}' is no time`);
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${fraction.slice(0, 4)}Z`);
}

/** Any of the types of text. */
export function readText({ tag, content }: Der): string {
  if (tag === tags.bmp) return Buffer.from(content).swap16().toString('utf16le');
  return content.toString(tag === tags.utf8 ? 'utf8' : 'latin1');
}

/** A value with its identifier and length. */
export function encodeDer(tag: number, ...parts: readonly (Uint8Array | bigint)[]): Buffer {
  const content = Buffer.concat(
    parts.map((part) => (typeof part === 'bigint' ? integerBytes(part) : part)),
  );
  const { length } = content;
  const size: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) size.unshift(left % 256);
  const head = length < 128 ? [length] : [0x80 | size.length, ...size];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}

/** Two's complement, as short as it can be. */
function integerBytes(value: bigint): Buffer {
  let count = 1;
  while (BigInt.asIntN(count * 8, value) !== value) count += 1;
  const hex = BigInt.asUintN(count * 8, value).toString(16);
  return Buffer.from(hex.padStart(count * 2, '0'), 'hex');
}
