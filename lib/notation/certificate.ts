/** Certificates of X.509 (RFC 5280), as far as signatures need them. */
import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import {
  field,
  readAll,
  readBits,
  readBoolean,
  readDer,
  readInteger,
  readOid,
  readTime,
  tags,
  within,
} from './der.ts';
import type { Der } from './der.ts';
import { malformed } from './errors.ts';
import { readName, urisOf } from './name.ts';
import type { Name } from './name.ts';

export interface Extension {
  critical: boolean;
  value: Buffer;
}

export type Extensions = ReadonlyMap<string, Extension>;

export interface Certificate {
  raw: Buffer;
  /** What is signed of it. */
  tbs: Buffer;
  /** 1 to 3. */
  version: number;
  serial: bigint;
  subject: Name;
  issuer: Name;
  notBefore: Date;
  notAfter: Date;
  /** DER of the SubjectPublicKeyInfo. */
  keyInfo: Buffer;
  /** `undefined` for a kind that Node does not know. */
  publicKey: KeyObject | undefined;
  /** AlgorithmIdentifier of the signature. */
  algorithm: Der;
  signature: Buffer;
  extensions: Extensions;
  /** `undefined` without the extension. */
  basicConstraints: { isCa: boolean; pathLength: number | undefined } | undefined;
  /** Bits from the left: the first is digitalSignature. `undefined` without the extension. */
  keyUsage: ReadonlySet<KeyUsage> | undefined;
  /** OIDs. */
  extendedKeyUsage: readonly string[];
  /** URLs. */
  ocspServers: readonly string[];
  /** URLs. */
  crlPoints: readonly string[];
}

export const keyUsages = [
  'DigitalSignature',
  'ContentCommitment',
  'KeyEncipherment',
  'DataEncipherment',
  'KeyAgreement',
  'CertSign',
  'CRLSign',
  'EncipherOnly',
  'DecipherOnly',
] as const;
export type KeyUsage = (typeof keyUsages)[number];

export const oids = {
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  crlPoints: '2.5.29.31',
  extendedKeyUsage: '2.5.29.37',
  authorityInfo: '1.3.6.1.5.5.7.1.1',
  ocsp: '1.3.6.1.5.5.7.48.1',
  timeStamping: '1.3.6.1.5.5.7.3.8',
} as const;

/** @throws NotationError `Malformed` */
export function readCertificate(der: Uint8Array): Certificate {
  try {
    return parse(readDer(der));
  } catch (cause) {
    throw malformed('x509: malformed certificate', cause);
  }
}

/** The first block of PEM, or certificates in DER one after the other. @throws NotationError `Malformed` */
export function readCertificates(data: Uint8Array): Certificate[] {
  const text = Buffer.from(data).toString('latin1');
  const block = /-----BEGIN [A-Z0-9 ]+-----([A-Za-z0-9+/=\s]*)-----END [A-Z0-9 ]+-----/.exec(text);
  const der = block?.[1] === undefined ? data : Buffer.from(block[1], 'base64');
  try {
    return readAll(der).map(parse);
  } catch (cause) {
    throw malformed('x509: malformed certificate', cause);
  }
}

function parse(certificate: Der): Certificate {
  const [tbs, algorithm, signature] = within(certificate);
  const fields = within(tbs);
  const version =
    fields[0]?.tag === field(0) ? Number(readInteger(within(fields[0], field(0))[0])) + 1 : 1;
  const [serial, inner, issuer, validity, subject, keyInfo, ...more] =
    version > 1 ? fields.slice(1) : fields;
  if (tbs === undefined || keyInfo === undefined || algorithm === undefined)
    throw malformed('x509: malformed certificate');
  if (inner === undefined || !inner.raw.equals(algorithm.raw))
    throw malformed('x509: inner and outer signature algorithm identifiers do not match');
  const [notBefore, notAfter] = within(validity);
  const extensions = readExtensions(more.find(({ tag }) => tag === field(3)));
  return {
    raw: certificate.raw,
    tbs: tbs.raw,
    version,
    serial: readInteger(serial),
    subject: readName(subject),
    issuer: readName(issuer),
    notBefore: readTime(notBefore),
    notAfter: readTime(notAfter),
    keyInfo: keyInfo.raw,
    publicKey: keyOf(keyInfo.raw),
    algorithm,
    signature: readBits(signature),
    extensions,
    basicConstraints: basicConstraints(extensions),
    keyUsage: keyUsage(extensions),
    extendedKeyUsage: extendedKeyUsage(extensions),
    ocspServers: ocspServers(extensions),
    crlPoints: crlPoints(extensions),
  };
}

function keyOf(keyInfo: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({ key: keyInfo, format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

/** @param wrapped `[n] { SEQUENCE OF Extension }`, as certificates and lists have it */
export function readExtensions(wrapped: Der | undefined): Extensions {
  const found = new Map<string, Extension>();
  if (wrapped === undefined) return found;
  for (const extension of within(readAll(wrapped.content)[0])) {
    const [id, ...rest] = within(extension);
    const critical = rest[0]?.tag === tags.boolean && readBoolean(rest[0]);
    const value = rest.at(-1);
    const oid = readOid(id);
    if (value?.tag !== tags.octets) throw malformed('x509: malformed extension value field');
    if (found.has(oid)) throw malformed(`x509: certificate contains duplicate extension ${oid}`);
    found.set(oid, { critical, value: value.content });
  }
  return found;
}

function basicConstraints(extensions: Extensions): Certificate['basicConstraints'] {
  const found = extensions.get(oids.basicConstraints);
  if (found === undefined) return undefined;
  const fields = within(readDer(found.value));
  const isCa = fields[0]?.tag === tags.boolean && readBoolean(fields[0]);
  const length = fields.find(({ tag }) => tag === tags.integer);
  return { isCa, pathLength: length && Number(readInteger(length)) };
}

function keyUsage(extensions: Extensions): ReadonlySet<KeyUsage> | undefined {
  const found = extensions.get(oids.keyUsage);
  if (found === undefined) return undefined;
  const bits = readBits(readDer(found.value));
  const isSet = (at: number) => ((bits[at >> 3] ?? 0) & (0x80 >> (at & 7))) !== 0;
  return new Set(keyUsages.filter((_usage, at) => isSet(at)));
}

function extendedKeyUsage(extensions: Extensions): string[] {
  const found = extensions.get(oids.extendedKeyUsage);
  return found === undefined ? [] : within(readDer(found.value)).map(readOid);
}

function ocspServers(extensions: Extensions): string[] {
  const found = extensions.get(oids.authorityInfo);
  if (found === undefined) return [];
  return within(readDer(found.value)).flatMap((description) => {
    const [method, location] = within(description);
    return readOid(method) === oids.ocsp && location !== undefined ? urisOf(location.raw) : [];
  });
}

function crlPoints(extensions: Extensions): string[] {
  const found = extensions.get(oids.crlPoints);
  return found === undefined ? [] : urlsOfPoints(found.value);
}

/** DistributionPoint ::= SEQUENCE { [0] { [0] GeneralNames … } … } */
export function urlsOfPoints(value: Uint8Array): string[] {
  return within(readDer(value)).flatMap((point) => {
    const name = within(point).find(({ tag }) => tag === field(0));
    const full = name === undefined ? undefined : readAll(name.content)[0];
    return full?.tag === field(0) ? urisOf(full.content) : [];
  });
}
