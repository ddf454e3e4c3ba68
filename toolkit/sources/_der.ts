/** Just enough DER (X.690) and X.509 to make the certificates of a test. */
import { sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
export const octets = (data: Uint8Array): Buffer => der(0x04, data);
export const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text));

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 127];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 127) | 128);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

export const extension = (id: string, value: Uint8Array): Buffer =>
  sequence(oid(id), octets(value));

const algorithm = sequence(oid('1.2.840.10045.4.3.2'));
const nameOf = (common: string) =>
  common === '' ? sequence() : sequence(der(0x31, sequence(oid('2.5.4.3'), utf8(common))));
const timeOf = (date: Date) =>
  der(0x18, Buffer.from(`${date.toISOString().replaceAll(/\D/g, '').slice(0, 14)}Z`));
const bits = (data: Uint8Array) => der(0x03, Buffer.from([0]), data);

export interface Certified {
  subject: string;
  issuer: string;
  publicKey: KeyObject;
  from: Date;
  until: Date;
  extensions: readonly Uint8Array[];
}

export const spkiOf = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });

/** What is signed of a certificate. */
export const tbsOf = (certified: Certified): Buffer =>
  sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    algorithm,
    nameOf(certified.issuer),
    sequence(timeOf(certified.from), timeOf(certified.until)),
    nameOf(certified.subject),
    spkiOf(certified.publicKey),
    der(0xa3, sequence(...certified.extensions)),
  );

/** @param key of the issuer: ECDSA */
export function certificate(certified: Certified, key: KeyObject): Buffer {
  const tbs = tbsOf(certified);
  return sequence(tbs, algorithm, bits(sign('sha256', tbs, key)));
}

export const pemOf = (certified: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${(certified.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`;
