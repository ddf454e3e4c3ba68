/** A commit or an annotated tag as it was signed, and its signature. Pure. */

export interface SignedObject {
  /** What was signed: the object without its signature. */
  payload: Buffer;
  /** Armored; '' for none. */
  signature: string;
}

export type SignatureType = 'openpgp' | 'ssh' | 'x509' | 'empty' | 'unknown';

const armors = {
  openpgp: '-----BEGIN PGP SIGNATURE-----',
  ssh: '-----BEGIN SSH SIGNATURE-----',
  x509: '-----BEGIN SIGNED MESSAGE-----',
} as const;

export function signatureType(signature: string): SignatureType {
  if (signature === '') return 'empty';
  const begins = (armor: string) => signature.trimStart().startsWith(armor);
  if (begins(armors.openpgp)) return 'openpgp';
  if (begins(armors.ssh)) return 'ssh';
  return begins(armors.x509) ? 'x509' : 'unknown';
}

/** @param raw as `git cat-file commit` prints it: the signature is the header `gpgsig`, its further lines begin with a space */
export function splitCommit(raw: Buffer): SignedObject {
  const kept: Buffer[] = [];
  const signature: string[] = [];
  let inSignature = false;
  let at = 0;
  while (at < raw.length) {
    const end = raw.indexOf(0x0a, at);
    const next = end === -1 ? raw.length : end + 1;
    const line = raw.subarray(at, next);
    const text = line.toString('latin1');
    if (text === '\n') break;
    const header = /^gpgsig(-sha256)? /.exec(text)?.[0];
    inSignature = header !== undefined || (inSignature && text.startsWith(' '));
    if (inSignature) signature.push(text.slice(header?.length ?? 1));
    else kept.push(line);
    at = next;
  }
  return { payload: Buffer.concat([...kept, raw.subarray(at)]), signature: signature.join('') };
}

/** @param raw as `git cat-file tag` prints it: the signature is at the end of the message */
export function splitTag(raw: Buffer): SignedObject {
  const starts = Object.values(armors).map((armor) => raw.lastIndexOf(`\n${armor}`) + 1);
  const start = Math.max(...starts);
  if (start === 0) return { payload: raw, signature: '' };
  return { payload: raw.subarray(0, start), signature: raw.subarray(start).toString('latin1') };
}
