/** Signed data of CMS (RFC 5652), as far as timestamps have it. */
import { createHash } from 'node:crypto';
import { messageOf } from '../runtime/mod.ts';
import { readCertificate } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import {
  encodeDer,
  expect,
  field,
  readAll,
  readDer,
  readInteger,
  readOid,
  tags,
  within,
} from './der.ts';
import type { Der } from './der.ts';
import { malformed, refused } from './errors.ts';
import { checkSignature, hashOids } from './signed-by.ts';

const signedDataOid = '1.2.840.113549.1.7.2';
const attributeOids = {
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
} as const;

export interface SignedData {
  contentType: string;
  content: Buffer;
  certificates: readonly Certificate[];
  signers: readonly Signer[];
}

export interface Signer {
  /** DER of the issuer's name, and the serial number. */
  issuer: Buffer;
  serial: bigint;
  hash: string | undefined;
  algorithm: Der;
  signature: Buffer;
  /** The first value of each, by OID. */
  attributes: ReadonlyMap<string, Der>;
  /** As they are signed. */
  signedAttributes: Buffer;
}

/** @throws NotationError `Malformed` */
export function readSignedData(data: Uint8Array): SignedData {
  try {
    return parse(data);
  } catch (cause) {
    throw malformed(`cms: syntax error: ${messageOf(cause)}`, cause);
  }
}

function parse(data: Uint8Array): SignedData {
  const [type, wrapped] = within(readDer(data));
  if (readOid(type) !== signedDataOid) throw malformed('content type is not signed-data');
  const [version, , encapsulated, ...rest] = within(within(wrapped, field(0))[0]);
  if (readInteger(version) !== 3n) throw malformed('unsupported signed data version');
  const [contentType, content] = within(encapsulated);
  const certificates = rest.find(({ tag }) => tag === field(0));
  return {
    contentType: readOid(contentType),
    content: expect(within(content, field(0))[0], tags.octets).content,
    certificates: readAll(certificates?.content ?? Buffer.alloc(0)).map(({ raw }) =>
      readCertificate(raw),
    ),
    signers: within(rest.at(-1), tags.set).map(readSigner),
  };
}

function readSigner(info: Der): Signer {
  const [version, id, digest, ...rest] = within(info);
  if (readInteger(version) !== 1n)
    throw malformed('invalid signer info version: only version 1 is supported');
  const [issuer, serial] = within(id);
  const signed = rest.find(({ tag }) => tag === field(0));
  const [algorithm, signature] = rest.filter(({ tag }) => tag !== field(0));
  if (issuer === undefined || algorithm === undefined) throw malformed('invalid signer info');
  if (signed === undefined) throw malformed('missing signed attributes');
  const attributes = new Map<string, Der>();
  for (const attribute of readAll(signed.content)) {
    const [id, values] = within(attribute);
    const [value] = within(values, tags.set);
    if (value !== undefined) attributes.set(readOid(id), value);
  }
  return {
    issuer: issuer.raw,
    serial: readInteger(serial),
    hash: hashOids.get(readOid(within(digest)[0])),
    algorithm,
    signature: expect(signature, tags.octets).content,
    attributes,
    signedAttributes: encodeDer(tags.set, signed.content),
  };
}

const rsa = '1.2.840.113549.1.1.1';
/** RSA with PKCS #1 v1.5, which CMS may name without a hash. */
const rsaWith: ReadonlyMap<string, string> = new Map([
  ['sha256', '300d06092a864886f70d01010b0500'],
  ['sha384', '300d06092a864886f70d01010c0500'],
  ['sha512', '300d06092a864886f70d01010d0500'],
]);

/** That this certificate's key has signed the content. @throws NotationError `Refused` */
export function checkSigner(
  { content, contentType }: SignedData,
  signer: Signer,
  certificate: Certificate,
): void {
  const failed = (why: string, cause?: unknown) =>
    refused(`cms verification failure: ${why}`, cause);
  const { hash, attributes } = signer;
  if (hash === undefined) throw failed('unsupported digest algorithm');
  const bare = rsaWith.get(hash);
  const isBare = readOid(within(signer.algorithm)[0]) === rsa && bare !== undefined;
  const algorithm = isBare ? readDer(Buffer.from(bare, 'hex')) : signer.algorithm;
  try {
    checkSignature(algorithm, signer.signedAttributes, signer.signature, certificate.publicKey);
  } catch (cause) {
    throw failed(messageOf(cause), cause);
  }
  if (readOid(attributes.get(attributeOids.contentType)) !== contentType)
    throw failed('mismatch content type');
  const digest = expect(attributes.get(attributeOids.messageDigest), tags.octets).content;
  if (!createHash(hash).update(content).digest().equals(digest))
    throw failed('mismatch message digest');
}
