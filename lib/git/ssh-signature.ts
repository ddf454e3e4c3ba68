/** Signatures of OpenSSH (PROTOCOL.sshsig), without ssh-keygen. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** Why a signature is not good, in the words of the library that the original uses. */
export class SshSignatureProblem extends Error {}

interface SshSignature {
  publicKey: Buffer;
  namespace: string;
  hash: string;
  algorithm: string;
  signature: Buffer;
}

const namespace = 'git';
const begin = '-----BEGIN SSH SIGNATURE-----';
const end = '-----END SSH SIGNATURE-----';
const magic = 'SSHSIG';

/**
 * @param armored the signature
 * @param keys of authorized_keys, one public key a line
 * @returns the fingerprint of the key that has signed: `SHA256:…`
 * @throws SshSignatureProblem
 */
export function verifySshSignature(armored: string, payload: Buffer, keys: readonly string[]) {
  let signed: SshSignature;
  try {
    signed = readSignature(armored);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'invalid';
    throw new SshSignatureProblem(`unable to unarmor SSH signature: ${why}`, { cause });
  }
  const problems = new Set<string>();
  let unreadable: string | undefined;
  let wasTried = false;
  for (const text of keys) {
    const read = readKeys(text);
    if (read === undefined) {
      unreadable ??=
        'unable to parse authorized keys: unable to parse authorized key: ssh: no key found';
      continue;
    }
    wasTried = true;
    for (const key of read) {
      const problem = problemOf(signed, payload, key);
      if (problem === undefined) return fingerprintOf(key);
      problems.add(problem);
    }
  }
  throw new SshSignatureProblem(
    !wasTried && unreadable !== undefined
      ? unreadable
      : `unable to verify payload with any of the given authorized keys: ${['no matching key', ...problems].join('\n')}`,
  );
}

const fingerprintOf = (key: Buffer) =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

function problemOf(signed: SshSignature, payload: Buffer, key: Buffer): string | undefined {
  if (!signed.publicKey.equals(key)) return 'public key does not match';
  if (signed.namespace !== namespace) return 'namespace does not match';
  if (signed.hash !== 'sha256' && signed.hash !== 'sha512')
    return `unsupported hash algorithm "${signed.hash}": must be "sha256" or "sha512"`;
  const digest = createHash(signed.hash).update(payload).digest();
  const data = Buffer.concat([
    Buffer.from(magic),
    ...[Buffer.from(namespace), Buffer.alloc(0), Buffer.from(signed.hash), digest].map(field),
  ]);
  try {
    return isGood(signed, data, key) ? undefined : 'ssh: signature did not verify';
  } catch (thrown) {
    if (thrown instanceof Error) return `ssh: ${thrown.message}`;
    throw thrown;
  }
}

function isGood({ algorithm, signature }: SshSignature, data: Buffer, blob: Buffer): boolean {
  const reader = fieldsOf(blob);
  const type = reader.text();
  if (type === 'ssh-ed25519' && algorithm === type) {
    const key = keyOf({ kty: 'OKP', crv: 'Ed25519', x: base64(reader.bytes()) });
    return verify(null, data, key, signature);
  }
  if (type === 'ssh-rsa' && (algorithm === 'rsa-sha2-256' || algorithm === 'rsa-sha2-512')) {
    const e = base64(unsigned(reader.bytes()));
    const key = keyOf({ kty: 'RSA', e, n: base64(unsigned(reader.bytes())) });
    return verify(algorithm === 'rsa-sha2-256' ? 'sha256' : 'sha512', data, key, signature);
  }
  const curve = curves[type];
  if (curve === undefined || algorithm !== type)
    throw new Error(`algorithm ${algorithm} is not taken`);
  reader.bytes();
  const point = reader.bytes();
  if (point.length !== 1 + 2 * curve.size || point[0] !== 4) throw new Error('invalid public key');
  const key = keyOf({
    kty: 'EC',
    crv: curve.name,
    x: base64(point.subarray(1, 1 + curve.size)),
    y: base64(point.subarray(1 + curve.size)),
  });
  const numbers = fieldsOf(signature);
  const both = [numbers.bytes(), numbers.bytes()].map((each) => padded(unsigned(each), curve.size));
  return verify(curve.hash, data, { key, dsaEncoding: 'ieee-p1363' }, Buffer.concat(both));
}

const curves: Readonly<Record<string, { name: string; size: number; hash: string }>> = {
  'ecdsa-sha2-nistp256': { name: 'P-256', size: 32, hash: 'sha256' },
  'ecdsa-sha2-nistp384': { name: 'P-384', size: 48, hash: 'sha384' },
  'ecdsa-sha2-nistp521': { name: 'P-521', size: 66, hash: 'sha512' },
};

const keyOf = (jwk: Record<string, string>): KeyObject =>
  createPublicKey({ key: jwk, format: 'jwk' });
const base64 = (bytes: Buffer) => bytes.toString('base64url');

/** Numbers have a leading zero where their first bit would make them negative. */
const unsigned = (bytes: Buffer) => (bytes[0] === 0 ? bytes.subarray(1) : bytes);

function padded(bytes: Buffer, size: number): Buffer {
  if (bytes.length > size) throw new Error('invalid signature');
  return Buffer.concat([Buffer.alloc(size - bytes.length), bytes]);
}

function readSignature(armored: string): SshSignature {
  const text = armored.trim();
  if (!text.startsWith(begin) || !text.endsWith(end)) throw new Error('invalid PEM block');
  const data = Buffer.from(text.slice(begin.length, -end.length), 'base64');
  if (data.toString('latin1', 0, magic.length) !== magic) throw new Error('invalid magic preamble');
  const version = data.readUInt32BE(magic.length);
  if (version !== 1) throw new Error(`unsupported signature version ${version}: expected 1`);
  const reader = fieldsOf(data.subarray(magic.length + 4));
  const publicKey = reader.bytes();
  const [signedFor, , hash] = [reader.text(), reader.bytes(), reader.text()];
  const inner = fieldsOf(reader.bytes());
  return {
    publicKey,
    namespace: signedFor,
    hash,
    algorithm: inner.text(),
    signature: inner.bytes(),
  };
}

/** @returns `undefined` when a line is no key */
function readKeys(text: string): Buffer[] | undefined {
  const keys: Buffer[] = [];
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const found = /(?:^|\s)((?:ssh|ecdsa)-\S+) +([A-Za-z0-9+/]+=*)(?:\s|$)/.exec(line);
    const key = Buffer.from(found?.[2] ?? '', 'base64');
    if (key.length < 4 || key.toString('latin1', 4, 4 + key.readUInt32BE()) !== found?.[1])
      return undefined;
    keys.push(key);
  }
  return keys;
}

/** Reads what the wire calls strings: a length in four bytes, and as many bytes. */
function fieldsOf(data: Buffer) {
  let at = 0;
  const bytes = () => {
    const length = data.readUInt32BE(at);
    const start = at + 4;
    if (start + length > data.length) throw new Error('unexpected end of data');
    at = start + length;
    return data.subarray(start, at);
  };
  return { bytes, text: () => bytes().toString('latin1') };
}

function field(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
