/** `genCA`, `genSelfSignedCert`, `genSignedCert` and their twins; certificates byte for byte as Go's crypto/x509 lays them out. */
import { bytesOfText, GoObject } from '../values/mod.ts';
import type { GoValue } from '../values/mod.ts';
import { JsonFields } from '../yaml/mod.ts';
import { sprint } from '../template/mod.ts';
import type { Struct } from '../template/mod.ts';
import { bytesOfBase64 } from './base64.ts';
import { toBytes } from './bytes.ts';
import type { CryptoCapabilities, NewKeyKind } from './crypto-capabilities.ts';
import {
  bits,
  element,
  integer,
  objectId,
  octets,
  readElements,
  readSequence,
  sameBytes,
  sequence,
  tag,
} from './der.ts';
import { SprigError } from './errors.ts';
import { count, fn, text } from './function.ts';
import type { SprigFunctions } from './function.ts';
import { parseIp } from './ip-address.ts';
import { readPem, writePem } from './pem.ts';
import { keyOfPkcs8, readPrivateKey, signed, writePrivateKey } from './private-key.ts';
import type { PrivateKey } from './private-key.ts';

export interface CertificateCapabilities {
  /** Milliseconds since 1970. */
  now: () => number;
  randomBytes: (size: number) => Uint8Array;
  crypto: CryptoCapabilities;
}

/** What templates see: the PEM texts of a certificate and its key. */
export class Certificate extends GoObject implements Struct {
  readonly goType = 'sprig.certificate';
  readonly cert: string;
  readonly key: string;

  constructor(cert: string, key: string) {
    super();
    this.cert = cert;
    this.key = key;
  }

  goFields(): readonly (readonly [string, GoValue])[] {
    return [
      ['Cert', this.cert],
      ['Key', this.key],
    ];
  }

  toJsonValue(): JsonFields {
    return new JsonFields(this.goFields());
  }

  goField(name: string): GoValue | undefined {
    return this.goFields().find(([field]) => field === name)?.[1];
  }
}

interface Subject {
  commonName: string;
  addresses: readonly Uint8Array[];
  dnsNames: readonly string[];
  days: number;
  isCa: boolean;
}

/** Who signs: the name and key identifier that the certificate will point at. */
interface Issuer {
  name: Uint8Array;
  keyId: Uint8Array | undefined;
  key: PrivateKey;
}

export function certificateFunctions(capabilities: CertificateCapabilities): SprigFunctions {
  const { crypto } = capabilities;
  const newKey = () => keyOfPkcs8(crypto, crypto.generateKey('rsa2048'));
  const givenKey = (pem: GoValue | undefined): PrivateKey =>
    prefixed('parsing private key', () => readPrivateKey(crypto, text(pem)));
  const selfSigned = (subject: Subject, key: PrivateKey): Certificate => {
    const name = distinguishedName(subject.commonName);
    return create(capabilities, subject, key, { name, keyId: undefined, key });
  };
  const authority = (cn: GoValue | undefined, days: GoValue | undefined): Subject => ({
    ...subjectOf([cn, [], [], days]),
    isCa: true,
  });
  return {
    genCA: fn('string int', ([cn, days]) => selfSigned(authority(cn, days), newKey())),
    genCAWithKey: fn('string int string', ([cn, days, pem]) => {
      const key = givenKey(pem);
      return selfSigned(authority(cn, days), key);
    }),
    genSelfSignedCert: fn('string list list int', (args) => selfSigned(subjectOf(args), newKey())),
    genSelfSignedCertWithKey: fn('string list list int string', (args) => {
      const key = givenKey(args[4]);
      return selfSigned(subjectOf(args), key);
    }),
    genSignedCert: fn('string list list int certificate', (args) => {
      const issuer = issuerOf(crypto, args[4]);
      return create(capabilities, subjectOf(args), newKey(), issuer);
    }),
    genSignedCertWithKey: fn('string list list int certificate string', (args) => {
      const key = givenKey(args[5]);
      const issuer = issuerOf(crypto, args[4]);
      return create(capabilities, subjectOf(args), key, issuer);
    }),
    buildCustomCert: fn('string string', ([cert, key]) => {
      const pem = decodeBase64(text(cert), 'unable to decode base64 certificate');
      const keyPem = decodeBase64(text(key), 'unable to decode base64 private key');
      readCertificate(pem);
      prefixed('error parsing private key', () => readPrivateKey(crypto, keyPem));
      return new Certificate(pem, keyPem);
    }),
    genPrivateKey: fn('string', ([type]) => {
      const kinds: Readonly<Record<string, NewKeyKind>> = {
        '': 'rsa4096',
        rsa: 'rsa4096',
        dsa: 'dsa',
        ecdsa: 'ecdsa',
        ed25519: 'ed25519',
      };
      const kind = Object.hasOwn(kinds, text(type)) ? kinds[text(type)] : undefined;
      if (kind === undefined) return `Unknown type ${text(type)}`;
      return writePrivateKey(keyOfPkcs8(crypto, crypto.generateKey(kind)));
    }),
  };
}

function prefixed<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (!(cause instanceof SprigError)) throw cause;
    throw new SprigError(`${what}: ${cause.message}`, { cause });
  }
}

function decodeBase64(given: string, complaint: string): string {
  const bytes = bytesOfBase64(toBytes(given));
  if (typeof bytes === 'string') throw new SprigError(complaint);
  return new TextDecoder().decode(bytes);
}

function subjectOf([cn, ips, names, days]: readonly (GoValue | undefined)[]): Subject {
  const addresses = listOf(ips).map((ip) => {
    if (typeof ip !== 'string')
      throw new SprigError(`error parsing ip: ${sprint([ip])} is not a string`);
    return parseIp(ip) ?? fail(`error parsing ip: ${ip}`);
  });
  const dnsNames = listOf(names).map((name) =>
    typeof name === 'string'
      ? name
      : fail(`error processing alternate dns name: ${sprint([name])} is not a string`),
  );
  return { commonName: text(cn), addresses, dnsNames, days: count(days), isCa: false };
}

const listOf = (value: GoValue | undefined): readonly GoValue[] =>
  Array.isArray(value) ? value : [];

function fail(message: string): never {
  throw new SprigError(message);
}

function issuerOf(crypto: CryptoCapabilities, value: GoValue | undefined): Issuer {
  if (!(value instanceof Certificate)) throw new SprigError('no certificate');
  const { subject, keyId, publicKey } = readCertificate(value.cert);
  const key = prefixed('error parsing private key', () => readPrivateKey(crypto, value.key));
  if (key.kind !== 'dsa' && !sameBytes(publicKey, key.publicKey)) {
    throw new SprigError(
      "error creating certificate: x509: provided PrivateKey doesn't match parent's PublicKey",
    );
  }
  return { name: subject, keyId, key };
}

function readCertificate(pem: string): {
  subject: Uint8Array;
  publicKey: Uint8Array;
  keyId: Uint8Array | undefined;
} {
  const block = readPem(pem) ?? fail('unable to decode certificate');
  const malformed = 'error parsing certificate: decodedCert.Bytes: x509: malformed certificate';
  const [body] = readSequence(block.bytes) ?? fail(malformed);
  const parts = readSequence(body?.raw ?? new Uint8Array()) ?? fail(malformed);
  // A version in front is optional.
  const from = parts[0]?.tag === 0xa0 ? 1 : 0;
  const [subject, publicKey] = [parts[from + 4]?.raw, parts[from + 5]?.raw];
  if (subject === undefined || publicKey === undefined) return fail(malformed);
  const wrapped = parts.find((part) => part.tag === 0xa3)?.body ?? new Uint8Array();
  const keyId = (readSequence(wrapped) ?? [])
    .map(({ body: extension }) => readElements(extension) ?? [])
    .find(([id]) => id !== undefined && sameBytes(id.raw, objectId(extensionId.subjectKey)))
    ?.at(-1);
  return { subject, publicKey, keyId: readElements(keyId?.body ?? new Uint8Array())?.[0]?.body };
}

const extensionId = {
  subjectKey: '2.5.29.14',
  keyUsage: '2.5.29.15',
  alternativeNames: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKey: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
} as const;

function create(
  { now, randomBytes, crypto }: CertificateCapabilities,
  subject: Subject,
  key: PrivateKey,
  issuer: Issuer,
): Certificate {
  if (key.kind === 'dsa' && issuer.key.kind !== 'dsa')
    fail('error creating certificate: x509: unsupported public key type: *dsa.PublicKey');
  const start = now();
  const name = distinguishedName(subject.commonName);
  const der = signed(crypto, issuer.key, (identifier) =>
    sequence(
      element(0xa0, integer(Uint8Array.of(2))),
      integer(randomBytes(16)),
      identifier,
      issuer.name,
      sequence(time(start), time(start + subject.days * 86_400_000)),
      name,
      key.publicKey,
      element(0xa3, sequence(...extensions(crypto, subject, key, issuer, name))),
    ),
  );
  return new Certificate(writePem('CERTIFICATE', der), writePrivateKey(key));
}

function extensions(
  crypto: CryptoCapabilities,
  { isCa, dnsNames, addresses }: Subject,
  key: PrivateKey,
  issuer: Issuer,
  name: Uint8Array,
): Uint8Array[] {
  // digitalSignature and keyEncipherment, for an authority keyCertSign too.
  const usage = isCa ? bits(Uint8Array.of(0xa4), 2) : bits(Uint8Array.of(0xa0), 5);
  const list = [
    extension(extensionId.keyUsage, usage, true),
    extension(
      extensionId.extendedKeyUsage,
      sequence(objectId('1.3.6.1.5.5.7.3.1'), objectId('1.3.6.1.5.5.7.3.2')),
    ),
    extension(
      extensionId.basicConstraints,
      isCa ? sequence(element(tag.boolean, Uint8Array.of(0xff))) : sequence(),
      true,
    ),
  ];
  if (isCa) {
    const point = readSequence(key.publicKey)?.[1]?.body.subarray(1) ?? new Uint8Array();
    list.push(extension(extensionId.subjectKey, octets(crypto.hash('sha1', point))));
  }
  if (issuer.keyId !== undefined && !sameBytes(issuer.name, name))
    list.push(extension(extensionId.authorityKey, sequence(element(0x80, issuer.keyId))));
  const names = [
    ...dnsNames.map((dns) => element(0x82, asciiBytes(dns))),
    ...addresses.map((address) => element(0x87, address)),
  ];
  if (names.length > 0) list.push(extension(extensionId.alternativeNames, sequence(...names)));
  return list;
}

function asciiBytes(dns: string): Uint8Array {
  const bytes = bytesOfText(dns);
  if (bytes.every((byte) => byte < 0x80)) return bytes;
  return fail(`error creating certificate: x509: "${dns}" cannot be encoded as an IA5String`);
}

function extension(id: string, value: Uint8Array, critical = false): Uint8Array {
  const flag = critical ? [element(tag.boolean, Uint8Array.of(0xff))] : [];
  return sequence(objectId(id), ...flag, octets(value));
}

function distinguishedName(commonName: string): Uint8Array {
  if (commonName === '') return sequence();
  const kind = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(commonName)
    ? tag.printableString
    : tag.utf8String;
  const value = element(kind, bytesOfText(commonName));
  return sequence(element(tag.set, sequence(objectId('2.5.4.3'), value)));
}

/** Until 2050 with two digits for the year (RFC 5280). */
function time(milliseconds: number): Uint8Array {
  const digits = new Date(milliseconds).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  const short = Number(digits.slice(0, 4)) < 2050;
  return element(
    short ? tag.utcTime : tag.generalizedTime,
    bytesOfText(short ? digits.slice(2) : digits),
  );
}
