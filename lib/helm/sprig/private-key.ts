/** Private keys as sprig's PEM blocks: RSA in PKCS #1, ECDSA in SEC 1, DSA in OpenSSL's own form, the rest in PKCS #8. */
import { messageOf } from '../../runtime/mod.ts';
import type { CryptoCapabilities, HashName } from './crypto-capabilities.ts';
import { bits, element, integer, objectId, octets, readSequence, sequence, tag } from './der.ts';
import { SprigError } from './errors.ts';
import { readPem, writePem } from './pem.ts';

export interface PrivateKey {
  kind: 'rsa' | 'dsa' | 'ecdsa' | 'ed25519';
  pkcs8: Uint8Array;
  /** SubjectPublicKeyInfo. */
  publicKey: Uint8Array;
  /** Object identifier of an elliptic curve. */
  curve?: string;
}

const algorithm = {
  rsa: '1.2.840.113549.1.1.1',
  dsa: '1.2.840.10040.4.1',
  ecdsa: '1.2.840.10045.2.1',
  ed25519: '1.3.101.112',
} as const;

const curveHashes: Readonly<Record<string, HashName>> = {
  '1.3.132.0.33': 'sha256',
  '1.2.840.10045.3.1.7': 'sha256',
  '1.3.132.0.34': 'sha384',
  '1.3.132.0.35': 'sha512',
};

const version = (number: number): Uint8Array => integer(Uint8Array.of(number));
const nothing = element(tag.nothing);

export function keyOfPkcs8(crypto: CryptoCapabilities, pkcs8: Uint8Array): PrivateKey {
  const [, identifier] = readSequence(pkcs8) ?? [];
  const [name, parameters] = identifier === undefined ? [] : (readSequence(identifier.raw) ?? []);
  const is = (dotted: string): boolean => hex(name?.raw) === hex(objectId(dotted));
  const kind = (['rsa', 'dsa', 'ecdsa', 'ed25519'] as const).find((each) => is(algorithm[each]));
  if (kind === undefined)
    throw new SprigError('x509: PKCS#8 wrapping contained private key with unknown algorithm');
  const curve = Object.keys(curveHashes).find(
    (each) => hex(parameters?.raw) === hex(objectId(each)),
  );
  const publicKey = crypto.publicKey(pkcs8);
  return { kind, pkcs8, publicKey, ...(curve === undefined ? {} : { curve }) };
}

const hex = (bytes: Uint8Array | undefined): string => (bytes === undefined ? '' : bytes.join(','));

/** The PEM block that Go's sprig writes for a key. */
export function writePrivateKey({ kind, pkcs8, publicKey, curve }: PrivateKey): string {
  const inner = readSequence(pkcs8)?.[2]?.body ?? new Uint8Array();
  switch (kind) {
    case 'rsa':
      return writePem('RSA PRIVATE KEY', inner);
    case 'ecdsa': {
      const secret = readSequence(inner)?.[1]?.raw ?? new Uint8Array();
      const point = readSequence(publicKey)?.[1]?.raw ?? new Uint8Array();
      const named = element(0xa0, objectId(curve ?? ''));
      return writePem('EC PRIVATE KEY', sequence(version(1), secret, named, element(0xa1, point)));
    }
    case 'dsa': {
      const [, identifier] = readSequence(pkcs8) ?? [];
      const [, parameters] = readSequence(identifier?.raw ?? new Uint8Array()) ?? [];
      const y = readSequence(publicKey)?.[1]?.body.subarray(1) ?? new Uint8Array();
      return writePem(
        'DSA PRIVATE KEY',
        sequence(version(0), parameters?.body ?? new Uint8Array(), y, inner),
      );
    }
    case 'ed25519':
      return writePem('PRIVATE KEY', pkcs8);
  }
}

/** @throws SprigError with sprig's words */
export function readPrivateKey(crypto: CryptoCapabilities, text: string): PrivateKey {
  const block = readPem(text);
  if (block === undefined) throw new SprigError('no PEM data in input');
  if (block.type !== 'PRIVATE KEY' && !block.type.endsWith(' PRIVATE KEY'))
    throw new SprigError(`no private key data in PEM block of type ${block.type}`);
  const name = block.type.replace(/ ?PRIVATE KEY$/, '');
  const pkcs8 = asPkcs8(name, block.bytes);
  try {
    return keyOfPkcs8(crypto, pkcs8);
  } catch (cause) {
    const what = name === '' ? 'decoding PEM as PKCS#8' : `parsing ${name} private key from PEM`;
    throw new SprigError(`${what}: ${messageOf(cause)}`, { cause });
  }
}

function asPkcs8(name: string, der: Uint8Array): Uint8Array {
  const parts = readSequence(der) ?? [];
  switch (name) {
    case '':
      return der;
    case 'RSA':
      return sequence(version(0), sequence(objectId(algorithm.rsa), nothing), octets(der));
    case 'EC': {
      const curve = parts.find((part) => part.tag === 0xa0)?.body ?? nothing;
      return sequence(version(0), sequence(objectId(algorithm.ecdsa), curve), octets(der));
    }
    case 'DSA': {
      const [p, q, g, , x] = parts.slice(1).map(({ raw }) => raw);
      const parameters = sequence(p ?? nothing, q ?? nothing, g ?? nothing);
      const identifier = sequence(objectId(algorithm.dsa), parameters);
      return sequence(version(0), identifier, octets(x ?? nothing));
    }
    default:
      throw new SprigError(`invalid private key type ${name}`);
  }
}

/** A signed structure: the data, who signed how, the signature. */
export function signed(
  crypto: CryptoCapabilities,
  key: PrivateKey,
  build: (identifier: Uint8Array) => Uint8Array,
): Uint8Array {
  const { identifier, hash } = signatureAlgorithm(key);
  const data = build(identifier);
  return sequence(data, identifier, bits(crypto.sign(key.pkcs8, hash, data)));
}

function signatureAlgorithm(key: PrivateKey): { identifier: Uint8Array; hash?: HashName } {
  switch (key.kind) {
    case 'rsa':
      return { identifier: sequence(objectId('1.2.840.113549.1.1.11'), nothing), hash: 'sha256' };
    case 'ecdsa': {
      const hash = curveHashes[key.curve ?? ''] ?? 'sha256';
      const arc = { sha1: 1, sha256: 2, sha384: 3, sha512: 4 }[hash];
      return { identifier: sequence(objectId(`1.2.840.10045.4.3.${arc}`)), hash };
    }
    case 'ed25519':
      return { identifier: sequence(objectId(algorithm.ed25519)) };
    case 'dsa':
      throw new SprigError(
        'error creating certificate: x509: certificate private key does not implement crypto.Signer',
      );
  }
}
