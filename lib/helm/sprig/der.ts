/** ASN.1 in its distinguished encoding, as far as keys and certificates need it. */

export const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  nothing: 0x05,
  objectId: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

export interface DerElement {
  tag: number;
  /** Without tag and length. */
  body: Uint8Array;
  /** All of it. */
  raw: Uint8Array;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function element(tagNumber: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = concat(...parts);
  const size: number[] = [];
  for (let left = body.length; left > 0; left >>>= 8) size.unshift(left & 0xff);
  const head = body.length < 0x80 ? [body.length] : [0x80 | size.length, ...size];
  return concat(Uint8Array.of(tagNumber, ...head), body);
}

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array =>
  element(tag.sequence, ...parts);

export const octets = (body: Uint8Array): Uint8Array => element(tag.octetString, body);

/** @param unused bits at the end of the last byte */
export const bits = (body: Uint8Array, unused = 0): Uint8Array =>
  element(tag.bitString, Uint8Array.of(unused), body);

/** A number that is not negative, from its bytes. */
export function integer(magnitude: Uint8Array): Uint8Array {
  let from = 0;
  while (from < magnitude.length - 1 && magnitude[from] === 0) from += 1;
  const body = magnitude.subarray(from);
  const needsZero = body.length === 0 || (body[0] ?? 0) >= 0x80;
  return element(tag.integer, needsZero ? Uint8Array.of(0) : new Uint8Array(), body);
}

/** @param dotted for example `2.5.29.17` */
export function objectId(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const body = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return element(tag.objectId, Uint8Array.from(body));
}

/** The elements of a body one after the other; `undefined` when it is no DER. */
export function readElements(body: Uint8Array): DerElement[] | undefined {
  const found: DerElement[] = [];
  let at = 0;
  while (at < body.length) {
    const start = at;
    const tagNumber = body[at] ?? 0;
    let length = body[at + 1];
    at += 2;
    if (length === undefined) return undefined;
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 4) return undefined;
      length = 0;
      for (let i = 0; i < count; i += 1, at += 1) length = length * 256 + (body[at] ?? 0);
    }
    if (at + length > body.length) return undefined;
    found.push({
      tag: tagNumber,
      body: body.subarray(at, at + length),
      raw: body.subarray(start, at + length),
    });
    at += length;
  }
  return found;
}

/** The elements of the one sequence that is all there is. */
export function readSequence(der: Uint8Array): DerElement[] | undefined {
  const all = readElements(der);
  const [only] = all ?? [];
  return all?.length === 1 && only?.tag === tag.sequence ? readElements(only.body) : undefined;
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
