/** The key that a document's values are encrypted with, itself encrypted for each who may read it. */
import { armor, Decrypter } from 'age-encryption';
import { Fault, messageOf } from '../runtime/mod.ts';
import { SopsError } from './errors.ts';
import { keyServiceKinds, recipientName } from './key-services.ts';
import { combineShares } from './shamir.ts';
import { isTree, textAt } from './tree.ts';
import type { SopsKeys, Tree } from './types.ts';

/** Who may read a document: one group of keys, or several that each hold a part of its key. */
export function keyGroups(metadata: Tree): readonly Tree[] {
  const groups = listAt(metadata, 'key_groups');
  return groups.length > 0 ? groups : [metadata];
}

/** @throws SopsError `NoKey` that names for whom the document is encrypted; `Corrupt` */
export async function openDataKey(metadata: Tree, keys: SopsKeys): Promise<Uint8Array> {
  const groups = keyGroups(metadata);
  const wanted = groups.length === 1 ? 1 : thresholdOf(metadata, groups.length);
  const parts: Uint8Array[] = [];
  const problems: string[] = [];
  for (const group of groups) {
    const part = await openGroup(group, keys, problems);
    if (part !== undefined) parts.push(part);
    if (parts.length === wanted) break;
  }
  const [only] = parts;
  if (parts.length === wanted && only !== undefined)
    return groups.length === 1 ? only : combineShares(parts);
  const lacking =
    groups.length === 1 ? '' : `: ${wanted} successful groups required, got ${parts.length}`;
  throw new SopsError(
    'NoKey',
    `no key opens the document${lacking}${problems.map((each) => `; ${each}`).join('')}`,
  );
}

/** A number, or its text in formats that know texts only. */
function thresholdOf(metadata: Tree, groups: number): number {
  const threshold = Number(metadata.get('shamir_threshold') ?? 0);
  if (threshold === 0) return groups;
  if (Number.isInteger(threshold) && threshold > 1 && threshold <= groups) return threshold;
  throw new SopsError('Corrupt', 'shamir_threshold does not fit the number of key groups');
}

/** @returns `undefined` when none of its keys is ours, and why in `problems` */
async function openGroup(
  metadata: Tree,
  keys: SopsKeys,
  problems: string[],
): Promise<Uint8Array | undefined> {
  for (const recipient of listAt(metadata, 'age')) {
    const name = `age ${textAt(recipient, 'recipient')}`;
    if (keys.age.length === 0) problems.push(`${name}: there is no age key`);
    else {
      try {
        return await openAge(textAt(recipient, 'enc'), keys.age);
      } catch (thrown) {
        problems.push(`${name}: ${messageOf(thrown)}`);
      }
    }
  }
  for (const recipient of listAt(metadata, 'pgp')) {
    const name = `pgp ${textAt(recipient, 'fp')}`;
    if (keys.pgp === undefined) problems.push(`${name}: gpg is not used`);
    else {
      try {
        return await keys.pgp(textAt(recipient, 'enc'));
      } catch (thrown) {
        problems.push(`${name}: ${messageOf(thrown)}`);
      }
    }
  }
  for (const kind of keyServiceKinds) {
    const open = keys.services?.[kind];
    for (const recipient of listAt(metadata, kind)) {
      const name = recipientName(kind, recipient);
      if (open === undefined) problems.push(`${name}: not served`);
      else {
        try {
          return await open(recipient);
        } catch (thrown) {
          if (!(thrown instanceof Fault)) throw thrown;
          problems.push(`${name}: ${thrown.message}`);
        }
      }
    }
  }
  return undefined;
}

async function openAge(message: string, identities: readonly string[]): Promise<Uint8Array> {
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  return decrypter.decrypt(armor.decode(message), 'uint8array');
}

function listAt(metadata: Tree, key: string): Tree[] {
  const list = metadata.get(key);
  return Array.isArray(list) ? list.filter(isTree) : [];
}
