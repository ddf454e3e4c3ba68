/** Envelopes in COSE, as a tagged COSE_Sign1 (`application/cose`; RFC 9052; notaryproject specifications, signature-envelope-cose). */
import { decode, encode } from 'cborg';
import { messageOf } from '../runtime/mod.ts';
import { algorithmFor, algorithms, isSigned } from './algorithm.ts';
import type { Algorithm } from './algorithm.ts';
import { readCertificate } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import { headers, mustBeCritical, notCritical, notSigned, readLeaf, schemes } from './envelope.ts';
import type { Envelope } from './envelope.ts';
import { malformed } from './errors.ts';

type Headers = ReadonlyMap<unknown, unknown>;

const label = { algorithm: 1, critical: 2, contentType: 3, chain: 33 } as const;
const known: ReadonlySet<unknown> = new Set<unknown>([
  label.algorithm,
  label.critical,
  label.contentType,
  headers.expiry,
  headers.signingScheme,
  headers.signingTime,
  headers.authenticSigningTime,
]);

/** A time as seconds, by tag 1. */
class Seconds {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** @throws NotationError unless its own leaf has signed it */
export function readCose(data: Uint8Array): Envelope {
  const message = parse(data);
  const certificates = message.unprotected.get(label.chain);
  const [first] = Array.isArray(certificates) ? certificates : [];
  if (!Array.isArray(certificates) || first === undefined)
    throw malformed('certificate chain is not present');
  if (!isBytes(first)) throw malformed('COSE envelope malformed leaf certificate');
  const leaf = readLeaf(first);
  checkSigned(leaf, message);
  const { signed, unprotected, payload, signature } = message;
  const contentType = signed.get(label.contentType);
  if (contentType === undefined) throw malformed('missing content type');
  if (typeof contentType !== 'string') throw malformed("content type should be of 'tstr' type");
  const timestamp = unprotected.get(headers.timestamp);
  const rest = certificates.slice(1).map((each: unknown) => {
    if (isBytes(each)) return readCertificate(each);
    throw malformed('certificate chain is not present');
  });
  return {
    ...signedHeaders(signed),
    payload,
    contentType,
    signature,
    chain: [leaf, ...rest],
    timestamp: isBytes(timestamp) ? Buffer.from(timestamp) : undefined,
  };
}

interface Message {
  /** As they are signed. */
  encoded: Uint8Array;
  signed: Headers;
  unprotected: Headers;
  payload: Buffer;
  signature: Buffer;
}

function parse(data: Uint8Array): Message {
  const bad = (why: string, cause?: unknown) =>
    malformed(`unable to parse the digital signature, error : ${why}`, cause);
  // Tag 18, then a list of four.
  if (data[0] !== 0xd2 || data[1] !== 0x84) throw bad('cbor: invalid COSE_Sign1_Tagged object');
  try {
    const [encoded, unprotected, payload, signature] = listOf(read(data.subarray(1)));
    if (!isBytes(encoded)) throw new Error('cbor: require bstr type');
    if (!isBytes(payload)) throw new Error('missing payload');
    if (!isBytes(signature) || signature.length === 0) throw new Error('empty signature');
    const signed = encoded.length === 0 ? new Map() : read(encoded);
    if (!isHeaders(signed)) throw new Error('cbor: protected header: require map type');
    if (!isHeaders(unprotected)) throw new Error('cbor: unprotected header: require map type');
    checkCritical(signed, unprotected);
    return {
      encoded,
      signed,
      unprotected,
      payload: Buffer.from(payload),
      signature: Buffer.from(signature),
    };
  } catch (cause) {
    throw bad(messageOf(cause), cause);
  }
}

const read = (data: Uint8Array): unknown =>
  decode(data, {
    allowIndefinite: false,
    rejectDuplicateMapKeys: true,
    useMaps: true,
    tags: {
      1: (value) => {
        const seconds = value();
        return typeof seconds === 'number' ? new Seconds(seconds) : undefined;
      },
    },
  });

const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const isHeaders = (value: unknown): value is Headers =>
  value instanceof Map &&
  [...value.keys()].every((key) => typeof key === 'string' || Number.isSafeInteger(key));

function checkCritical(signed: Headers, unprotected: Headers): void {
  const where = 'protected header: header parameter: crit:';
  if (unprotected.has(label.critical))
    throw new Error('unprotected header: header parameter: crit: not allowed');
  if (!signed.has(label.critical)) return;
  const names = signed.get(label.critical);
  if (!Array.isArray(names)) throw new Error(`${where} invalid crit header`);
  if (names.length === 0) throw new Error(`${where} empty crit header`);
  const missing: unknown = names.find((name) => !signed.has(name));
  if (missing !== undefined)
    throw new Error(`${where} missing critical header: ${String(missing)}`);
}

function checkSigned(leaf: Certificate, { signed, encoded, payload, signature }: Message): void {
  const own = algorithmFor(leaf);
  const alg = signed.get(label.algorithm);
  if (alg === undefined) throw notSigned('algorithm not found');
  if (alg !== own.cose)
    throw notSigned(`algorithm mismatch: verifier ${own.name}: header ${nameOf(alg)}`);
  const toBeSigned = encode(['Signature1', encoded, new Uint8Array(), Uint8Array.from(payload)]);
  const key = leaf.publicKey;
  if (key === undefined || !isSigned(own, toBeSigned, key, signature, 'hash'))
    throw notSigned('verification error');
}

const byCose = (alg: unknown): Algorithm | undefined => algorithms.find(({ cose }) => cose === alg);
const nameOf = (alg: unknown): string => byCose(alg)?.name ?? `Algorithm(${String(alg)})`;

function signedHeaders(
  signed: Headers,
): Omit<Envelope, 'payload' | 'contentType' | 'signature' | 'chain' | 'timestamp'> {
  const named = signed.get(headers.signingScheme);
  if (typeof named !== 'string') throw malformed('invalid signingScheme');
  const critical = listOf(signed.get(label.critical));
  const missing = mustBeCritical(named, signed.has(headers.expiry));
  for (const name of critical) if (typeof name === 'string') missing.delete(name);
  if (missing.size > 0) throw notCritical(missing);
  const algorithm = byCose(signed.get(label.algorithm));
  if (algorithm === undefined) throw malformed('signature algorithm not supported');
  const scheme = schemes.find((each) => each === named);
  if (scheme === undefined) throw malformed(`unsupported signingScheme: ${named}`);
  const timeLabel = scheme === 'notary.x509' ? headers.signingTime : headers.authenticSigningTime;
  const attributes = [...signed].flatMap(([key, value]) =>
    known.has(key) || (typeof key !== 'string' && typeof key !== 'number')
      ? []
      : [{ key, value, critical: critical.includes(key) }],
  );
  return {
    scheme,
    signingTime: timeIn(signed, timeLabel, 'signingTime'),
    expiry: signed.has(headers.expiry) ? timeIn(signed, headers.expiry, 'expiry') : undefined,
    attributes,
    algorithm,
  };
}

function timeIn(signed: Headers, key: string, what: string): Date {
  const value = signed.get(key);
  if (value instanceof Seconds) return new Date(value.value * 1000);
  throw malformed(
    `invalid ${what}: ${value === undefined ? `protected header "${key}" is missing` : 'invalid timeValue type'}`,
  );
}
