/** Documents encrypted by SOPS (format of version 3): values one by one, keys in the open, a MAC over all of them. */
import { isUtf8 } from 'node:buffer';
import { createDecipheriv, createHash, timingSafeEqual } from 'node:crypto';
import { messageOf } from '../runtime/mod.ts';
import { keyGroups, openDataKey } from './data-key.ts';
import { SopsError } from './errors.ts';
import { keyServiceKinds } from './key-services.ts';
import { isTree, textAt } from './tree.ts';
import type { SopsKeys, Tree } from './types.ts';

/** Whether a document says that SOPS has encrypted it. */
export function isSops(document: Tree): boolean {
  const metadata = document.get('sops');
  return isTree(metadata) && metadata.has('mac') && metadata.has('lastmodified');
}

/**
 * @param document with its `sops` part
 * @returns the document without it, every encrypted value in the clear
 * @throws SopsError
 */
export async function decryptSops(document: Tree, keys: SopsKeys): Promise<Map<string, unknown>> {
  const [only = new Map<string, unknown>()] = await decryptSopsFile([document], keys);
  return only;
}

/**
 * The documents of one file, which share one MAC; each repeats the same `sops` part.
 *
 * @throws SopsError
 */
export async function decryptSopsFile(
  documents: readonly Tree[],
  keys: SopsKeys,
): Promise<Map<string, unknown>[]> {
  return (await openSopsFile(documents, keys)).documents;
}

export interface OpenOptions {
  /** Whether what was changed since it was encrypted is refused; default true. */
  checkMac?: boolean;
}

export interface OpenedFile {
  /** In the clear, without their `sops` part. */
  documents: Map<string, unknown>[];
  /** A comment in the clear, by the path of the map that it stands in; one that is not encrypted as it is. */
  comment(text: string, path: readonly string[]): string;
}

/** @throws SopsError */
export async function openSopsFile(
  documents: readonly Tree[],
  keys: SopsKeys,
  { checkMac: isChecked = true }: OpenOptions = {},
): Promise<OpenedFile> {
  const metadata = documents.map((document) => document.get('sops')).find(isTree);
  if (metadata === undefined) throw new SopsError('Corrupt', 'the document has no sops part');
  const dataKey = await openDataKey(metadata, keys);
  const isEncrypted = encryptionRule(metadata);
  const macOnlyEncrypted = /^true$/i.test(String(metadata.get('mac_only_encrypted')));
  const hash = createHash('sha512');
  // So that a MAC over a part is never one over the whole.
  if (macOnlyEncrypted) hash.update(macOfPart);

  const open = (value: unknown, path: readonly string[]): unknown => {
    if (isTree(value))
      return new Map([...value].map(([key, each]) => [key, open(each, [...path, key])]));
    // Elements of a list have the list's path.
    if (Array.isArray(value)) return value.map((each) => open(each, path));
    if (value === null || value === undefined) return null;
    const encrypted = isEncrypted(path, value);
    const clear = encrypted ? decryptValue(value, dataKey, path) : value;
    if (encrypted || !macOnlyEncrypted) hash.update(bytesOf(clear));
    return clear;
  };
  const results = documents.map((document) => {
    const result = new Map<string, unknown>();
    for (const [key, value] of document) if (key !== 'sops') result.set(key, open(value, [key]));
    return result;
  });
  if (isChecked) checkMac(metadata, dataKey, hash.digest('hex').toUpperCase());
  return {
    documents: results,
    comment: (text, path) =>
      text.endsWith(',type:comment]') && encrypted.test(text)
        ? String(decryptText(text, dataKey, `${path.join(':')}:`, 'a comment'))
        : text,
  };
}

/** Whether a file has keys of clouds or of Vault, which a program without logins for them leaves to the sops program. */
export function needsSopsProgram(documents: readonly Tree[]): boolean {
  const metadata = documents.map((document) => document.get('sops')).find(isTree);
  return (
    metadata !== undefined &&
    keyGroups(metadata).some((group) =>
      keyServiceKinds.some((key) => {
        const value = group.get(key);
        return Array.isArray(value) && value.length > 0;
      }),
    )
  );
}

const commentRules = ['encrypted_comment_regex', 'unencrypted_comment_regex'];

const macOfPart = Buffer.from(
  '8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69',
  'hex',
);

function checkMac(metadata: Tree, dataKey: Uint8Array, actual: string): void {
  const mac = textAt(metadata, 'mac');
  // Written with the time of the change as what goes with it.
  const wanted = Buffer.from(
    String(decryptText(mac, dataKey, textAt(metadata, 'lastmodified'), 'mac')),
  );
  const found = Buffer.from(actual);
  if (wanted.length === found.length && timingSafeEqual(wanted, found)) return;
  throw new SopsError('Corrupt', 'the MAC does not fit: the document was changed without sops');
}

/** Which values are encrypted, by their path; by default all. */
function encryptionRule(metadata: Tree): (path: readonly string[], value: unknown) => boolean {
  // Comments may be gone by now, as those of a built Secret; what sops has made of a value tells the same.
  if (commentRules.some((key) => textAt(metadata, key) !== ''))
    return (_path, value) => value === '' || (typeof value === 'string' && encrypted.test(value));
  const suffix = (key: string) => {
    const text = textAt(metadata, key);
    return text === '' ? undefined : (part: string) => part.endsWith(text);
  };
  const regex = (key: string) => {
    const text = textAt(metadata, key);
    if (text === '') return undefined;
    const pattern = new RegExp(text);
    return (part: string) => pattern.test(part);
  };
  const [openSuffix, closedSuffix] = [suffix('unencrypted_suffix'), suffix('encrypted_suffix')];
  const [openRegex, closedRegex] = [regex('unencrypted_regex'), regex('encrypted_regex')];
  return (path) => {
    let encrypted = true;
    if (openSuffix !== undefined && path.some(openSuffix)) encrypted = false;
    if (closedSuffix !== undefined) encrypted = path.some(closedSuffix);
    if (openRegex !== undefined && path.some(openRegex)) encrypted = false;
    if (closedRegex !== undefined) encrypted = path.some(closedRegex);
    return encrypted;
  };
}

function decryptValue(value: unknown, dataKey: Uint8Array, path: readonly string[]): unknown {
  // An empty text stays one.
  if (value === '') return '';
  const shown = path.join('.');
  if (typeof value !== 'string')
    throw new SopsError('Corrupt', `the value at ${shown} is not encrypted`);
  return decryptText(value, dataKey, `${path.join(':')}:`, shown);
}

const encrypted =
  /^ENC\[AES256_GCM,data:([^,]*),iv:([^,]+),tag:([^,]+),type:(str|int|float|bytes|bool|time|comment)\]$/;

function decryptText(text: string, dataKey: Uint8Array, goesWith: string, shown: string): unknown {
  const [, data = '', iv = '', tag = '', type = ''] = encrypted.exec(text) ?? [];
  if (type === '') throw new SopsError('Corrupt', `the value at ${shown} is not encrypted`);
  let clear: string;
  let bytes: Buffer;
  try {
    const cipher = createDecipheriv('aes-256-gcm', dataKey, Buffer.from(iv, 'base64'), {
      authTagLength: 16,
    });
    cipher.setAAD(Buffer.from(goesWith));
    cipher.setAuthTag(Buffer.from(tag, 'base64'));
    bytes = Buffer.concat([cipher.update(Buffer.from(data, 'base64')), cipher.final()]);
    clear = bytes.toString();
  } catch (cause) {
    throw new SopsError(
      'Corrupt',
      `the value at ${shown} cannot be decrypted: ${messageOf(cause)}`,
      {
        cause,
      },
    );
  }
  if (type === 'int' && !Number.isSafeInteger(Number(clear))) return BigInt(clear);
  if (type === 'int' || type === 'float') return Number(clear);
  if (type === 'bool') return clear === 'True' || clear === 'true';
  // Files that are no text come as one value.
  return isUtf8(bytes) ? clear : new Uint8Array(bytes);
}

/** As Go prints scalars. */
function bytesOf(value: unknown): string | Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return plainNumber(value);
  return String(value);
}

/** Without an exponent, as few digits as tell it apart. */
function plainNumber(value: number): string {
  const text = String(value);
  const [, sign = '', first = '', rest = '', exponent = ''] =
    /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  if (first === '') return text;
  const digits = `${first}${rest}`;
  const point = 1 + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits.padEnd(point, '0')}`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
