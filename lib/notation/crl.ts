/** Lists of certificates that were taken back (RFC 5280, 5), with what was added to them since (delta lists). */
import { messageOf } from '../runtime/mod.ts';
import { readExtensions, urlsOfPoints } from './certificate.ts';
import type { Certificate, Extensions } from './certificate.ts';
import { field, readBits, readDer, readInteger, readTime, tags, within } from './der.ts';
import type { Der } from './der.ts';
import { refused } from './errors.ts';
import type { NotationError } from './errors.ts';
import type { AskServer, RevocationTools, Status } from './revocation.ts';
import { checkSignature } from './signed-by.ts';

const extensionOids = {
  reason: '2.5.29.21',
  invalidityDate: '2.5.29.24',
  number: '2.5.29.20',
  deltaIndicator: '2.5.29.27',
  issuingPoint: '2.5.29.28',
  freshest: '2.5.29.46',
} as const;
/** Which may be taken back themselves. */
const reasons = { hold: 6n, remove: 8n } as const;
const limits = { timeoutMs: 5000, maxBytes: 32 * 1024 * 1024 };

interface RevocationList {
  tbs: Der;
  algorithm: Der;
  signature: Buffer;
  nextUpdate: Date | undefined;
  entries: readonly Der[];
  extensions: Extensions;
  number: bigint;
}

/** Every list is looked at; one that cannot be had leaves it unknown. */
export async function crlStatus(
  certificate: Certificate,
  issuer: Certificate,
  signedAt: Date | undefined,
  { now, ask }: RevocationTools,
): Promise<Status> {
  const hasFreshest = certificate.extensions.has(extensionOids.freshest);
  try {
    for (const url of certificate.crlPoints) {
      const base = await fetchList(url, ask);
      const delta = await fetchDelta(base, ask);
      if (hasFreshest && delta === undefined)
        throw refused('freshest CRL from certificate extension is not supported');
      checkList(base, issuer, now());
      if (delta !== undefined) checkDelta(delta, base, issuer, now());
      const entries = [...base.entries, ...(delta?.entries ?? [])];
      if (isRevoked(entries, certificate, signedAt)) return 'revoked';
    }
  } catch {
    // What a list says is trusted only as a whole.
    return 'unknown';
  }
  return 'good';
}

async function fetchList(url: string, ask: AskServer): Promise<RevocationList> {
  if (!url.startsWith('http:'))
    throw refused('unsupported scheme. Only supports CRL URL in HTTP protocol');
  return readList(await ask({ url, ...limits }));
}

async function fetchDelta(
  { extensions }: RevocationList,
  ask: AskServer,
): Promise<RevocationList | undefined> {
  const found = extensions.get(extensionOids.freshest);
  if (found === undefined) return undefined;
  let failure: NotationError | undefined;
  for (const url of urlsOfPoints(found.value)) {
    try {
      return await fetchList(url, ask);
    } catch (cause) {
      failure = refused(messageOf(cause), cause);
    }
  }
  if (failure !== undefined) throw failure;
  return undefined;
}

function readList(data: Uint8Array): RevocationList {
  const [tbs, algorithm, signature] = within(readDer(data));
  if (tbs === undefined || algorithm === undefined) throw refused('x509: malformed crl');
  const fields = within(tbs);
  // version is there only in version 2; issuer and thisUpdate are of no matter here.
  const [, , , ...rest] = fields[0]?.tag === tags.integer ? fields.slice(1) : fields;
  const isTime = rest[0]?.tag === tags.utcTime || rest[0]?.tag === tags.generalizedTime;
  const entries = rest.find(({ tag }) => tag === tags.sequence);
  const extensions = readExtensions(rest.find(({ tag }) => tag === field(0)));
  const number = extensions.get(extensionOids.number);
  return {
    tbs,
    algorithm,
    signature: readBits(signature),
    nextUpdate: isTime ? readTime(rest[0]) : undefined,
    entries: entries === undefined ? [] : within(entries),
    extensions,
    number: number === undefined ? 0n : readInteger(readDer(number.value)),
  };
}

function checkList(list: RevocationList, issuer: Certificate, now: Date): void {
  const { keyUsage, basicConstraints } = issuer;
  const maySign = keyUsage === undefined || keyUsage.size === 0 || keyUsage.has('CRLSign');
  if (basicConstraints?.isCa !== true || !maySign)
    throw refused('x509: issuer must have the crlSign key usage bit set');
  checkSignature(list.algorithm, list.tbs.raw, list.signature, issuer.publicKey);
  if (list.nextUpdate === undefined) throw refused('CRL NextUpdate is not set');
  if (now > list.nextUpdate) throw refused('expired CRL');
  for (const [oid, { critical }] of list.extensions)
    if (critical && oid !== extensionOids.issuingPoint && oid !== extensionOids.deltaIndicator)
      throw refused(`unsupported critical extension found in CRL: ${oid}`);
}

function checkDelta(
  delta: RevocationList,
  base: RevocationList,
  issuer: Certificate,
  now: Date,
): void {
  checkList(delta, issuer, now);
  const indicator = delta.extensions.get(extensionOids.deltaIndicator);
  if (delta.number <= base.number)
    throw refused('delta CRL number is not greater than the base CRL number');
  if (indicator === undefined) throw refused('delta CRL indicator extension is not found');
  if (readInteger(readDer(indicator.value)) > base.number)
    throw refused('delta CRL indicator is not less than or equal to the base CRL number');
}

function isRevoked(
  entries: readonly Der[],
  { serial }: Certificate,
  signedAt: Date | undefined,
): boolean {
  let latest: { at: Date; reason: bigint } | undefined;
  for (const entry of entries) {
    const [number, time, more] = within(entry);
    if (readInteger(number) !== serial) continue;
    const extensions = entryExtensions(more);
    const invalid = extensions.get(extensionOids.invalidityDate);
    if (
      signedAt !== undefined &&
      invalid !== undefined &&
      signedAt < readTime(readDer(invalid.value))
    )
      return false;
    const given = extensions.get(extensionOids.reason);
    const reason = given === undefined ? 0n : readInteger(readDer(given.value), tags.enumerated);
    if (reason !== reasons.hold && reason !== reasons.remove) return true;
    const at = readTime(time);
    if (latest === undefined || latest.at < at) latest = { at, reason };
  }
  return latest?.reason === reasons.hold;
}

function entryExtensions(value: Der | undefined): Extensions {
  if (value === undefined) return new Map();
  const found = readExtensions({ ...value, content: value.raw });
  for (const [oid, { critical }] of found)
    if (critical && oid !== extensionOids.invalidityDate)
      throw refused(`unsupported critical extension found in CRL: ${oid}`);
  return found;
}
