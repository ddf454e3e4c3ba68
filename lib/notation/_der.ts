/** Just enough DER and X.509 to make the certificates of a test. */
import { sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { encodeDer, tags } from './der.ts';

export const der = encodeDer;
export const sequence = (...parts: readonly Uint8Array[]): Buffer => der(tags.sequence, ...parts);
export const octets = (data: Uint8Array): Buffer => der(tags.octets, data);
export const utf8 = (text: string): Buffer => der(tags.utf8, Buffer.from(text));
export const integer = (value: bigint): Buffer => der(tags.integer, value);

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 127];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 127) | 128);
    bytes.push(...groups);
  }
  return der(tags.oid, Buffer.from(bytes));
}

export const extension = (id: string, value: Uint8Array, critical = false): Buffer =>
  sequence(oid(id), ...(critical ? [truth] : []), octets(value));

export const truth = der(tags.boolean, Buffer.from([255]));

/** ECDSA with SHA-256. */
export const algorithm = sequence(oid('1.2.840.10045.4.3.2'));

const nameOids: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  O: '2.5.4.10',
  OU: '2.5.4.11',
};

/** @param name `C=US,O=x`, or a common name alone */
export const nameOf = (name: string): Buffer =>
  sequence(
    ...name
      .split(',')
      .filter((part) => part !== '')
      .map((part) => {
        const [type, value] = part.includes('=') ? part.split('=') : ['CN', part];
        return der(tags.set, sequence(oid(nameOids[type ?? ''] ?? type ?? ''), utf8(value ?? '')));
      }),
  );
/** Before 2050. */
export const timeOf = (date: Date): Buffer =>
  der(tags.utcTime, Buffer.from(`${date.toISOString().replaceAll(/\D/g, '').slice(2, 14)}Z`));
export const bits = (data: Uint8Array): Buffer => der(tags.bits, Buffer.from([0]), data);

export interface Certified {
  subject: string;
  issuer: string;
  publicKey: KeyObject;
  from: Date;
  until: Date;
  extensions: readonly Uint8Array[];
  /** Default: 1. */
  serial?: bigint;
}

export const spkiOf = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });

/** What is signed of a certificate. */
export const tbsOf = (certified: Certified): Buffer =>
  sequence(
    der(0xa0, integer(2n)),
    integer(certified.serial ?? 1n),
    algorithm,
    nameOf(certified.issuer),
    sequence(timeOf(certified.from), timeOf(certified.until)),
    nameOf(certified.subject),
    spkiOf(certified.publicKey),
    der(0xa3, sequence(...certified.extensions)),
  );

/** Something with the signature over it. @param key ECDSA */
export const signed = (tbs: Buffer, key: KeyObject): Buffer =>
  sequence(tbs, algorithm, bits(sign('sha256', tbs, key)));

/** @param key of the issuer: ECDSA */
export const certificate = (certified: Certified, key: KeyObject): Buffer =>
  signed(tbsOf(certified), key);

export const pemOf = (certified: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${(certified.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`;
