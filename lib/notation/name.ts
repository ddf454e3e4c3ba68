/** Distinguished names of certificates, as Go's crypto/x509 prints them (Go 1.26, crypto/x509/pkix, Name.String). */
import { encodeDer, readAll, readOid, readText, tags, within } from './der.ts';
import type { Der } from './der.ts';

/** In the order in which they are put together; the text has them backwards. */
const known: readonly (readonly [oid: string, name: string])[] = [
  ['2.5.4.6', 'C'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.7', 'L'],
  ['2.5.4.9', 'STREET'],
  ['2.5.4.17', 'POSTALCODE'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.3', 'CN'],
  ['2.5.4.5', 'SERIALNUMBER'],
];
/** Of which the last one counts. */
const single: ReadonlySet<string> = new Set(['CN', 'SERIALNUMBER']);

export interface Name {
  /** DER. */
  raw: Buffer;
  text: string;
}

export function readName(value: Der | undefined): Name {
  const values = new Map<string, string[]>();
  const others: string[] = [];
  for (const part of within(value).flatMap((set) => within(set, tags.set))) {
    const [type, content] = within(part);
    const oid = readOid(type);
    const text = content === undefined ? '' : readText(content);
    const name = known.find(([each]) => each === oid)?.[1];
    if (name === undefined) others.push(`${oid}=#${derText(text).toString('hex')}`);
    else values.set(name, single.has(name) ? [text] : [...(values.get(name) ?? []), text]);
  }
  const parts = known.flatMap(([, name]) => {
    const found = values.get(name)?.filter((text) => text !== '' || !single.has(name)) ?? [];
    return found.length === 0 ? [] : [found.map((text) => `${name}=${escaped(text)}`).join('+')];
  });
  const all = [...others, ...parts].reverse();
  return { raw: value?.raw ?? Buffer.alloc(0), text: all.join(',') };
}

const escaped = (text: string): string =>
  [...text]
    .map((char, at, all) => {
      const isEdge = at === 0 || at === all.length - 1;
      const isSpecial = /[,+"\\<>;]/.test(char) || (char === ' ' && isEdge);
      return isSpecial || (char === '#' && at === 0) ? `\\${char}` : char;
    })
    .join('');

/** A text as Go encodes it again: printable where it can be. */
function derText(text: string): Buffer {
  const content = Buffer.from(text);
  const tag = /^[A-Za-z0-9'()+,\-./:=? ]*$/.test(text) ? 0x13 : tags.utf8;
  return encodeDer(tag, content);
}

/** General names that are addresses (`uniformResourceIdentifier`). */
export const urisOf = (names: Uint8Array): string[] =>
  readAll(names)
    .filter(({ tag }) => tag === 0x86)
    .map(({ content }) => content.toString('latin1'));
