/** The key that a document's values are encrypted with, itself encrypted for each who may read it. */
import { armor, Decrypter } from 'age-encryption';
import { Fault, messageOf } from '../runtime/mod.ts';
import { SopsError } from './errors.ts';
import { keyServiceKinds, recipientName } from './key-services.ts';
import { isTree, textAt } from './tree.ts';
import type { SopsKeys, Tree } from './types.ts';

/** @throws SopsError `NoKey` that names for whom the document is encrypted; `Unsupported` */
export async function openDataKey(metadata: Tree, keys: SopsKeys): Promise<Uint8Array> {
  if (listAt(metadata, 'key_groups').length > 0) {
    throw new SopsError('Unsupported', 'documents with key groups are not served');
  }
  const problems: string[] = [];
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
  throw new SopsError(
    'NoKey',
    `no key opens the document${problems.map((each) => `; ${each}`).join('')}`,
  );
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
