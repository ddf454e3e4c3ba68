/** Whoever signs in tests: a root, a leaf of it, and envelopes in both formats. */
import { constants, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { encode } from 'cborg';
import { bits, certificate, extension, oid, sequence, truth } from './_der.ts';
import { algorithmFor } from './algorithm.ts';
import type { Algorithm } from './algorithm.ts';
import { readCertificate } from './certificate.ts';
import { headers, payloadType } from './envelope.ts';
import type { Scheme } from './envelope.ts';

export type KeyName = 'p256' | 'p384' | 'p521' | 'rsa2048' | 'rsa1024';

export interface SignerOptions {
  /** `C=US,ST=WA,O=…`. */
  subject?: string;
  key?: KeyName;
  from?: Date;
  until?: Date;
  /** Bits of the leaf's key usage: the first octet. */
  keyUsage?: number;
  /** OIDs; default: code signing. */
  purposes?: readonly string[];
  extensions?: readonly Buffer[];
  serial?: bigint;
  /** Another root signs. */
  by?: Signer;
}

export interface Signer {
  /** DER, the leaf first. */
  chain: readonly Buffer[];
  key: KeyObject;
  rootKey: KeyObject;
  root: Buffer;
  rootName: string;
}

const codeSigning = '1.3.6.1.5.5.7.3.3';
const day = 24 * 60 * 60 * 1000;

export const keyUsageOf = (octet: number): Buffer =>
  extension('2.5.29.15', bits(Buffer.from([octet])), true);
export const purposesOf = (purposes: readonly string[], critical = false): Buffer =>
  extension('2.5.29.37', sequence(...purposes.map(oid)), critical);

function newKey(name: KeyName): { publicKey: KeyObject; privateKey: KeyObject } {
  if (name.startsWith('rsa'))
    return generateKeyPairSync('rsa', { modulusLength: Number(name.slice(3)) });
  return generateKeyPairSync('ec', { namedCurve: name.replace('p', 'P-') });
}

export function createSigner(now: Date, options: SignerOptions = {}): Signer {
  const at = (days: number) => new Date(now.getTime() + days * day);
  const rootName = 'C=US,ST=WA,O=Notary,CN=root';
  const rootPair = newKey('p256');
  const rootKey = options.by?.rootKey ?? rootPair.privateKey;
  const root =
    options.by?.root ??
    certificate(
      {
        subject: rootName,
        issuer: rootName,
        publicKey: rootPair.publicKey,
        from: at(-1000),
        until: at(1000),
        // Certificates and lists of those taken back.
        extensions: [extension('2.5.29.19', sequence(truth), true), keyUsageOf(0x06)],
      },
      rootKey,
    );
  const { publicKey, privateKey } = newKey(options.key ?? 'p256');
  const leaf = certificate(
    {
      subject: options.subject ?? 'C=US,ST=WA,L=Seattle,O=Notary,CN=signer',
      issuer: rootName,
      publicKey,
      from: options.from ?? at(-10),
      until: options.until ?? at(10),
      serial: options.serial ?? 2n,
      extensions: [
        keyUsageOf(options.keyUsage ?? 0x80),
        purposesOf(options.purposes ?? [codeSigning]),
        ...(options.extensions ?? []),
      ],
    },
    rootKey,
  );
  return { chain: [leaf, root], key: privateKey, rootKey, root, rootName };
}

export interface Signing {
  format: 'jws' | 'cose';
  scheme?: Scheme;
  signingTime?: Date;
  expiry?: Date;
  /** Critical ones, and others. */
  critical?: Readonly<Record<string, string>>;
  others?: Readonly<Record<string, string>>;
  /** What is named as critical, instead of what should be. */
  named?: readonly string[];
  contentType?: string;
  chain?: readonly Buffer[];
  /** Over the signature. */
  timestamp?: (signature: Buffer) => Buffer;
}

/** @param payload what is signed */
export function signEnvelope(signer: Signer, payload: Buffer, now: Date, signing: Signing): Buffer {
  const leaf = signer.chain[0] ?? Buffer.alloc(0);
  const algorithm = algorithmFor(readCertificate(leaf));
  const scheme = signing.scheme ?? 'notary.x509';
  const isOwn = scheme === 'notary.x509';
  const time = isOwn ? headers.signingTime : headers.authenticSigningTime;
  const named = signing.named ?? [
    headers.signingScheme,
    ...(isOwn ? [] : [time]),
    ...(signing.expiry === undefined ? [] : [headers.expiry]),
    ...Object.keys(signing.critical ?? {}),
  ];
  const fields = {
    scheme,
    time,
    at: signing.signingTime ?? now,
    named,
    algorithm,
    contentType: signing.contentType ?? payloadType,
  };
  const all = { ...signing, chain: signing.chain ?? signer.chain };
  return signing.format === 'jws'
    ? jws(signer.key, payload, fields, all)
    : cose(signer.key, payload, fields, all);
}

interface Fields {
  scheme: string;
  time: string;
  at: Date;
  named: readonly string[];
  algorithm: Algorithm;
  contentType: string;
}

type Asked = Signing & { chain: readonly Buffer[] };

function primitive({ name, hash }: Algorithm, key: KeyObject, data: Uint8Array): Buffer {
  if (name.startsWith('ES')) return sign(hash, data, { key, dsaEncoding: 'ieee-p1363' });
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  return sign(hash, data, { key, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
}

function jws(key: KeyObject, payload: Buffer, fields: Fields, asked: Asked): Buffer {
  const text = (date: Date) => `${date.toISOString().slice(0, 19)}Z`;
  const { algorithm, scheme, time, at, named, contentType } = fields;
  const encoded = Buffer.from(
    JSON.stringify({
      alg: algorithm.name,
      cty: contentType,
      crit: named,
      [headers.signingScheme]: scheme,
      [time]: text(at),
      ...(asked.expiry === undefined ? {} : { [headers.expiry]: text(asked.expiry) }),
      ...asked.critical,
      ...asked.others,
    }),
  ).toString('base64url');
  const body = payload.toString('base64url');
  const signature = primitive(algorithm, key, Buffer.from(`${encoded}.${body}`));
  const stamp = asked.timestamp?.(signature).toString('base64');
  return Buffer.from(
    JSON.stringify({
      payload: body,
      protected: encoded,
      header: {
        x5c: asked.chain.map((each) => each.toString('base64')),
        ...(stamp === undefined ? {} : { [headers.timestamp]: stamp }),
      },
      signature: signature.toString('base64url'),
    }),
  );
}

function cose(key: KeyObject, payload: Buffer, fields: Fields, asked: Asked): Buffer {
  const { algorithm, scheme, time, at, named, contentType } = fields;
  const entries: [unknown, Uint8Array][] = [
    [1, encode(algorithm.cose)],
    [2, encode(named)],
    [3, encode(contentType)],
    [headers.signingScheme, encode(scheme)],
    [time, secondsOf(at)],
    ...(asked.expiry === undefined
      ? []
      : [[headers.expiry, secondsOf(asked.expiry)] satisfies [string, Uint8Array]]),
    ...Object.entries({ ...asked.critical, ...asked.others }).map(
      ([name, value]): [string, Uint8Array] => [name, encode(value)],
    ),
  ];
  const encoded = mapOf(entries);
  const bytes = (data: Buffer) => Uint8Array.from(data);
  const toBeSigned = encode(['Signature1', encoded, new Uint8Array(), bytes(payload)]);
  const signature = primitive(algorithm, key, toBeSigned);
  const stamp = asked.timestamp?.(signature);
  const unprotected = mapOf([
    [33, encode(asked.chain.map(bytes))],
    ...(stamp === undefined
      ? []
      : [[headers.timestamp, encode(bytes(stamp))] satisfies [string, Uint8Array]]),
  ]);
  const parts = [encode(encoded), unprotected, encode(bytes(payload)), encode(bytes(signature))];
  return Buffer.concat([Buffer.from([0xd2, 0x84]), ...parts]);
}

/** A date by tag 1. */
const secondsOf = (date: Date): Uint8Array =>
  Buffer.concat([Buffer.from([0xc1]), encode(Math.floor(date.getTime() / 1000))]);

const mapOf = (entries: readonly (readonly [unknown, Uint8Array])[]): Uint8Array =>
  Uint8Array.from(
    Buffer.concat([
      Buffer.from([0xa0 + entries.length]),
      ...entries.flatMap(([key, value]) => [encode(key), value]),
    ]),
  );
