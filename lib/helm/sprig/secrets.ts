/** Passwords: `htpasswd`, `bcrypt`, `derivePassword`, `encryptAES`, `decryptAES`. */
import { encodeBase64, hashSync } from 'bcryptjs';
import { bytesOfText, textOfBytes } from '../values/mod.ts';
import { base64OfBytes, bytesOfBase64 } from './base64.ts';
import { toBytes } from './bytes.ts';
import type { CryptoCapabilities } from './crypto-capabilities.ts';
import { concat } from './der.ts';
import { SprigError } from './errors.ts';
import { count, fn, text } from './function.ts';
import type { SprigFunctions } from './function.ts';

export interface SecretCapabilities {
  randomBytes: (size: number) => Uint8Array;
  crypto: CryptoCapabilities;
}

export function secretFunctions({ randomBytes, crypto }: SecretCapabilities): SprigFunctions {
  const bcrypt = (password: string): string => {
    if (bytesOfText(password).length > 72)
      return 'failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes';
    return hashSync(password, `$2a$10$${encodeBase64([...randomBytes(16)], 16)}`);
  };
  return {
    bcrypt: fn('string', ([password]) => bcrypt(text(password))),
    htpasswd: fn('string string', ([user, password]) =>
      text(user).includes(':')
        ? `invalid username: ${text(user)}`
        : `${text(user)}:${bcrypt(text(password))}`,
    ),
    derivePassword: fn(
      'uint32 string string string string',
      ([counter, type, password, user, site]) =>
        derive(crypto, {
          counter: count(counter),
          type: text(type),
          password: text(password),
          user: text(user),
          site: text(site),
        }),
    ),
    encryptAES: fn('string string', ([password, plain]) => {
      if (text(plain) === '') return '';
      const content = bytesOfText(text(plain));
      const padding = 16 - (content.length % 16);
      const padded = concat(content, new Uint8Array(padding).fill(padding));
      const iv = randomBytes(16);
      const sealed = crypto.aesCbc('encrypt', aesKey(text(password)), iv, padded);
      return base64OfBytes(concat(iv, sealed));
    }),
    decryptAES: fn('string string', ([password, sealed]) =>
      text(sealed) === '' ? '' : decrypt(crypto, text(password), text(sealed)),
    ),
  };
}

/** The first 32 bytes of a password, filled up with zeros. */
function aesKey(password: string): Uint8Array {
  return concat(bytesOfText(password).subarray(0, 32), new Uint8Array(32)).slice(0, 32);
}

function decrypt(crypto: CryptoCapabilities, password: string, sealed: string): string {
  const bytes = bytesOfBase64(toBytes(sealed));
  if (typeof bytes === 'string') throw new SprigError(bytes);
  const panic = (what: string) => new SprigError(`runtime error: ${what}`);
  if (bytes.length < 16)
    throw panic(
      `slice bounds out of range [:16] with capacity ${Math.floor(toBytes(sealed).length / 4) * 3}`,
    );
  if (bytes.length % 16 !== 0) throw new SprigError('crypto/cipher: input not full blocks');
  if (bytes.length === 16) throw panic('index out of range [-1]');
  const plain = crypto.aesCbc(
    'decrypt',
    aesKey(password),
    bytes.subarray(0, 16),
    bytes.subarray(16),
  );
  const end = plain.length - (plain.at(-1) ?? 0);
  if (end < 0) throw panic(`slice bounds out of range [:${end}]`);
  return textOfBytes(plain.subarray(0, end));
}

/** Shapes of passwords by type; each letter names a set of characters (Master Password's algorithm). */
const shapes: Readonly<Record<string, readonly string[]>> = {
  maximum: ['anoxxxxxxxxxxxxxxxxx', 'axxxxxxxxxxxxxxxxxno'],
  long: [
    ...['CvcvnoCvcvCvcv', 'CvcvCvcvnoCvcv', 'CvcvCvcvCvcvno', 'CvccnoCvcvCvcv', 'CvccCvcvnoCvcv'],
    ...['CvccCvcvCvcvno', 'CvcvnoCvccCvcv', 'CvcvCvccnoCvcv', 'CvcvCvccCvcvno', 'CvcvnoCvcvCvcc'],
    ...['CvcvCvcvnoCvcc', 'CvcvCvcvCvccno', 'CvccnoCvccCvcv', 'CvccCvccnoCvcv', 'CvccCvccCvcvno'],
    ...['CvcvnoCvccCvcc', 'CvcvCvccnoCvcc', 'CvcvCvccCvccno', 'CvccnoCvcvCvcc', 'CvccCvcvnoCvcc'],
    'CvccCvcvCvccno',
  ],
  medium: ['CvcnoCvc', 'CvcCvcno'],
  short: ['Cvcn'],
  basic: ['aaanaaan', 'aannaaan', 'aaannaaa'],
  pin: ['nnnn'],
};

const vowels = 'AEIOU';
const consonants = 'BCDFGHJKLMNPQRSTVWXYZ';
const characters: Readonly<Record<string, string>> = {
  V: vowels,
  C: consonants,
  v: vowels.toLowerCase(),
  c: consonants.toLowerCase(),
  A: vowels + consonants,
  a: vowels + vowels.toLowerCase() + consonants + consonants.toLowerCase(),
  n: '0123456789',
  o: "@&%?,=[]_:-+*$#!'^~;()/.",
  x: `${vowels}${vowels.toLowerCase()}${consonants}${consonants.toLowerCase()}0123456789!@#$%^&*()`,
};

function derive(
  crypto: CryptoCapabilities,
  given: { counter: number; type: string; password: string; user: string; site: string },
): string {
  const templates = Object.hasOwn(shapes, given.type) ? shapes[given.type] : undefined;
  if (templates === undefined) return `cannot find password template ${given.type}`;
  const scope = bytesOfText('com.lyndir.masterpassword');
  const counted = (value: string) => {
    const bytes = bytesOfText(value);
    return concat(uint32(bytes.length), bytes);
  };
  const salt = concat(scope, counted(given.user));
  const key = crypto.scrypt(bytesOfText(given.password), salt, 64);
  const seed = crypto.hmacSha256(key, concat(scope, counted(given.site), uint32(given.counter)));
  const template = templates[(seed[0] ?? 0) % templates.length] ?? '';
  return Array.from(template, (letter, at) => {
    const set = characters[letter] ?? '';
    return set[(seed[at + 1] ?? 0) % set.length] ?? '';
  }).join('');
}

const uint32 = (value: number): Uint8Array =>
  Uint8Array.of((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
