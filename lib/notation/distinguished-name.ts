/** Distinguished names in trust policies (RFC 4514), with the rules of Notary Project: one value for each type; C, ST and O at least. */
import { messageOf } from '../runtime/mod.ts';
import { NotationError } from './errors.ts';
import { quote } from './quote.ts';

/** Values by type. */
export type DistinguishedName = ReadonlyMap<string, string>;

const invalid = (message: string, cause?: unknown) =>
  new NotationError('InvalidTrustPolicy', message, { cause });

/** @throws NotationError `InvalidTrustPolicy` */
export function parseDistinguishedName(text: string): DistinguishedName {
  const subject = `distinguished name (DN) ${quote(text)}`;
  if (text.includes('=#'))
    throw invalid(
      `unsupported ${subject}: notation does not support x509.subject identities containing "=#"`,
    );
  let parts: Part[];
  try {
    parts = split(text);
  } catch (cause) {
    throw invalid(
      `parsing ${subject} failed with err: ${messageOf(cause)}. A valid DN must contain 'C', 'ST' or 'S', and 'O' RDN attributes at a minimum, and follow RFC 4514 standard`,
      cause,
    );
  }
  const found = new Map<string, string>();
  for (const { type: given, value, joined } of parts) {
    if (joined)
      throw invalid(
        `${subject} has multi-valued RDN attributes, remove multi-valued RDN attributes as they are not supported`,
      );
    const type = given === 'S' ? 'ST' : given;
    if ((found.get(type) ?? '') !== '')
      throw invalid(
        `${subject} has duplicate RDN attribute for ${quote(type)}, DN can only have unique RDN attributes`,
      );
    found.set(type, value);
  }
  for (const type of ['C', 'ST', 'O'])
    if ((found.get(type) ?? '') === '')
      throw invalid(
        `${subject} has no mandatory RDN attribute for ${quote(type)}, it must contain 'C', 'ST' or 'S', and 'O' RDN attributes at a minimum`,
      );
  return found;
}

/** Whether the other has all that this one has. */
export const isPartOf = (part: DistinguishedName, whole: DistinguishedName): boolean =>
  [...part].every(([type, value]) => (whole.get(type) ?? '') === value);

interface Part {
  type: string;
  value: string;
  /** By `+` with its neighbour. */
  joined: boolean;
}

function split(text: string): Part[] {
  const parts: Part[] = [];
  if (text.trim() === '') return parts;
  let [start, type, joined, isEscaped] = [0, '', false, false];
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (isEscaped) isEscaped = false;
    else if (char === '\\') isEscaped = true;
    else if (char === '=' && type === '') {
      type = unescaped(text.slice(start, at));
      start = at + 1;
    } else if (char === ',' || char === '+' || char === ';') {
      if (type === '') throw new Error('incomplete type, value pair');
      const value = unescaped(text.slice(start, at));
      parts.push({ type, value, joined: joined || char === '+' });
      [start, type, joined] = [at + 1, '', char === '+'];
    }
  }
  if (type === '') throw new Error('DN ended with incomplete type, value pair');
  parts.push({ type, value: unescaped(text.slice(start)), joined });
  return parts;
}

/** Without spaces at its ends, but for an escaped one. */
function unescaped(text: string): string {
  const bare = text.replace(/^ +/, '').replace(/ +$/, '');
  const trimmed = bare.endsWith('\\') && text.endsWith(' ') ? `${bare} ` : bare;
  const bytes: Buffer[] = [];
  for (let at = 0; at < trimmed.length; at += 1) {
    const char = trimmed.charAt(at);
    if (char !== '\\') {
      bytes.push(Buffer.from(char));
      continue;
    }
    const next = trimmed.charAt(at + 1);
    if (next === '') throw new Error(`got corrupted escaped character: '${trimmed}'`);
    if (' "#+,;<=>\\'.includes(next)) {
      bytes.push(Buffer.from(next));
      at += 1;
      continue;
    }
    const hex = trimmed.slice(at + 1, at + 3);
    if (!/^[0-9a-f]{2}$/i.test(hex))
      throw new Error(`failed to decode escaped character: encoding/hex: invalid byte: ${hex}`);
    bytes.push(Buffer.from(hex, 'hex'));
    at += 2;
  }
  return Buffer.concat(bytes).toString('utf8');
}
