/** Random texts and numbers; the bytes are handed in. */
import { GoInt } from '../values/mod.ts';
import { base64OfBytes } from './base64.ts';
import { SprigError } from './errors.ts';
import { count, fn, text } from './function.ts';
import type { SprigFunctions } from './function.ts';

export interface RandomCapabilities {
  randomBytes: (size: number) => Uint8Array;
}

/** A random text is a password, not a disk image. */
const mostCharacters = 1_000_000;

const digits = '0123456789';
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('');

export function randomFunctions({ randomBytes }: RandomCapabilities): SprigFunctions {
  /** Even over 0 … limit - 1: what would favour small numbers is drawn again. */
  const below = (limit: number): number => {
    const fair = 2 ** 48 - (2 ** 48 % limit);
    for (;;) {
      const value = randomBytes(6).reduce((sum, byte) => sum * 256 + byte, 0);
      if (value < fair) return value % limit;
    }
  };
  const pick = (alphabet: string) =>
    fn('int', ([size]) => {
      if (count(size) > mostCharacters)
        throw new SprigError(`more than ${mostCharacters} characters`);
      let out = '';
      for (let i = count(size); i > 0; i--) out += alphabet[below(alphabet.length)] ?? '';
      return out;
    });
  return {
    randAlphaNum: pick(letters + digits),
    randAlpha: pick(letters),
    randNumeric: pick(digits),
    randAscii: pick(printable),
    randInt: fn('int int', ([min, max]) => {
      const span = count(max) - count(min);
      if (span <= 0) throw new SprigError('invalid argument to Intn');
      return GoInt.int(count(min) + below(span));
    }),
    randBytes: fn('int', ([size]) => {
      const wanted = count(size);
      if (wanted < 0) throw new SprigError('runtime error: makeslice: len out of range');
      return base64OfBytes(randomBytes(wanted));
    }),
    uuidv4: fn('', () => uuid(randomBytes(16))),
    shuffle: fn('string', ([s]) => {
      const items = Array.from(text(s));
      for (let i = items.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [items[i], items[j]] = [items[j] ?? '', items[i] ?? ''];
      }
      return items.join('');
    }),
  };
}

function uuid(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte, i) => {
    const marked = i === 6 ? (byte & 0x0f) | 0x40 : i === 8 ? (byte & 0x3f) | 0x80 : byte;
    return marked.toString(16).padStart(2, '0');
  }).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
