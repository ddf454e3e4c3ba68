/** One signature, checked as a trust policy asks for it (notation-go 1.3, package verifier). */
import { isRecord, messageOf } from '../runtime/mod.ts';
import type { Certificate } from './certificate.ts';
import { readCertificates } from './certificate.ts';
import { readCose } from './cose.ts';
import { isPartOf, parseDistinguishedName } from './distinguished-name.ts';
import { checkEnvelope, headers } from './envelope.ts';
import type { Envelope } from './envelope.ts';
import { malformed, refused } from './errors.ts';
import { readJws } from './jws.ts';
import { formatTime, quote, quoteMap } from './quote.ts';
import { revocationOf } from './revocation.ts';
import type { AskServer } from './revocation.ts';
import { checkTimestamp } from './timestamp.ts';
import { anybody, cut, hasStore } from './trust-policy.ts';
import type { StoreType, TrustPolicy } from './trust-policy.ts';
import type { Check } from './verification-level.ts';

/** What was signed, or has to be. */
export interface Target {
  mediaType: string;
  digest: string;
  /** In bytes. */
  size: number;
}

export interface Trust {
  policy: TrustPolicy;
  /** In PEM or DER: those of every store that the policy names. */
  certificates: readonly Uint8Array[];
}

export interface VerifyTools {
  now: () => Date;
  /** Asks whoever keeps count of certificates that were taken back. */
  ask: AskServer;
}

/** What did not hold, though the policy does not enforce it: by check, why. */
export type Findings = ReadonlyMap<Check, string>;

export const envelopeTypes = { jws: 'application/jose+json', cose: 'application/cose' } as const;

/** @throws NotationError when a check fails that the policy enforces */
export async function verifySignature(
  signature: { mediaType: string; data: Uint8Array },
  target: Target,
  trust: Trust,
  tools: VerifyTools,
): Promise<Findings> {
  const { policy } = trust;
  const { enforcement } = policy.level;
  const findings = new Map<Check, string>();
  const check = async (name: Check, work: () => Promise<void> | void): Promise<void> => {
    if (enforcement[name] === 'skip') return;
    try {
      await work();
    } catch (cause) {
      if (enforcement[name] === 'enforce') throw cause;
      findings.set(name, messageOf(cause));
    }
  };
  const envelope = readEnvelope(signature);
  checkEnvelope(envelope);
  checkAttributes(envelope);
  await check('authenticity', () => {
    checkAuthenticity(envelope, trust);
  });
  await check('authenticity', () => {
    checkIdentity(envelope, policy);
  });
  await check('expiry', () => {
    const { expiry } = envelope;
    if (expiry !== undefined && tools.now().getTime() >= expiry.getTime())
      throw refused(`digital signature has expired on ${quote(formatTime(expiry))}`);
  });
  await check('authenticTimestamp', () => checkTime(envelope, trust, tools));
  await check('revocation', () => checkRevocation(envelope, tools));
  checkTarget(envelope.payload, target);
  return findings;
}

function readEnvelope({ mediaType, data }: { mediaType: string; data: Uint8Array }): Envelope {
  if (mediaType === envelopeTypes.jws) return readJws(data);
  if (mediaType === envelopeTypes.cose) return readCose(data);
  throw malformed(
    `unable to parse the digital signature, error : signature envelope format with media type ${quote(mediaType)} is not supported`,
  );
}

/** What is critical has to be understood (RFC 7515, 4.1.11; RFC 9052, 3.1). Plugins are not there. */
function checkAttributes({ attributes }: Envelope): void {
  const plugin = attributes.find(({ key }) => key === headers.plugin);
  if (plugin !== undefined) {
    const { critical, value } = plugin;
    if (!critical) throw refused(`${headers.plugin} is not a critical Extended attribute`);
    if (typeof value !== 'string')
      throw refused(`${headers.plugin} from extended attribute is not a string`);
    if (value.trim() === '')
      throw refused(`${headers.plugin} from extended attribute is an empty string`);
    throw refused('plugin unsupported due to nil verifier.pluginManager');
  }
  const unknown = attributes.find(({ critical, key }) => critical && key !== headers.pluginVersion);
  if (unknown !== undefined)
    throw refused(`extended critical attribute ${quote(String(unknown.key))} is not understood`);
}

/** Certificates of the stores of a type, each time anew: a broken one fails only where it is asked for. */
function trusted({ policy, certificates }: Trust, type: StoreType): Certificate[] {
  const store = policy.trustStores.find((each) => each.startsWith(`${type}:`));
  if (store === undefined) return [];
  return certificates.flatMap((data) => {
    try {
      return readCertificates(data);
    } catch (cause) {
      const [, name = ''] = cut(store);
      throw refused(`failed to parse certificate '${name}': ${messageOf(cause)}`, cause);
    }
  });
}

function checkAuthenticity({ scheme, chain }: Envelope, trust: Trust): void {
  const known = trusted(trust, scheme === 'notary.x509' ? 'ca' : 'signingAuthority');
  if (known.length === 0) throw refused('no trusted certificates are found to verify authenticity');
  if (!chain.some(({ raw }) => known.some((each) => each.raw.equals(raw))))
    throw refused("the signature's certificate chain does not contain any trusted certificate");
}

function checkIdentity({ chain }: Envelope, { name, trustedIdentities }: TrustPolicy): void {
  if (trustedIdentities.includes(anybody)) return;
  const wanted = trustedIdentities.flatMap((identity) => {
    const [prefix, value] = cut(identity);
    return prefix === 'x509.subject' ? [parseDistinguishedName(value ?? '')] : [];
  });
  if (wanted.length === 0)
    throw refused(`no x509 trusted identities are configured in the trust policy ${quote(name)}`);
  let subject;
  try {
    subject = parseDistinguishedName(chain[0]?.subject.text ?? '');
  } catch (cause) {
    throw refused(
      `error while parsing the certificate subject from the digital signature. error : ${quote(messageOf(cause))}`,
      cause,
    );
  }
  const found = subject;
  if (!wanted.some((each) => isPartOf(each, found)))
    throw refused(
      `signing certificate from the digital signature does not match the X.509 trusted identities [${wanted.map(quoteMap).join(' ')}] defined in the trust policy ${quote(name)}`,
    );
}

/** When it was signed: by a timestamp, by the signing authority, or else it has to be valid now. */
async function checkTime(envelope: Envelope, trust: Trust, tools: VerifyTools): Promise<void> {
  const { scheme, chain, signingTime } = envelope;
  if (scheme === 'notary.x509.signingAuthority') {
    for (const { subject, notBefore, notAfter } of chain)
      if (signingTime === undefined || signingTime < notBefore || signingTime > notAfter)
        throw refused(
          `certificate ${quote(subject.text)} was not valid when the digital signature was produced at ${quote(formatTime(signingTime ?? new Date(NaN)))}`,
        );
    return;
  }
  const now = tools.now();
  const { policy } = trust;
  const isExpired = chain.some(({ notAfter }) => now > notAfter);
  if (hasStore(policy, 'tsa') && (policy.verifyTimestamp !== 'afterCertExpiry' || isExpired)) {
    await checkTimestamp(envelope, () => trusted(trust, 'tsa'), tools);
    return;
  }
  for (const { subject, notBefore, notAfter } of chain) {
    const name = `certificate ${quote(subject.text)} validity period`;
    if (now < notBefore)
      throw refused(
        `verification time is before ${name}, it will be valid from ${quote(formatTime(notBefore))}`,
      );
    if (now > notAfter)
      throw refused(
        `verification time is after ${name}, it was expired at ${quote(formatTime(notAfter))}`,
      );
  }
}

async function checkRevocation(
  { scheme, chain, signingTime }: Envelope,
  tools: VerifyTools,
): Promise<void> {
  const isAuthentic = scheme === 'notary.x509.signingAuthority';
  const found = await revocationOf(chain, isAuthentic ? signingTime : undefined, tools);
  if (found === undefined) return;
  const certificate = `signing certificate with subject ${quote(found.subject)}`;
  throw refused(
    `${certificate} ${found.status === 'revoked' ? 'is revoked' : 'revocation status is unknown'}`,
  );
}

function checkTarget(payload: Buffer, target: Target): void {
  const value: unknown = JSON.parse(payload.toString('utf8'));
  const signed =
    isRecord(value) && isRecord(value['targetArtifact']) ? value['targetArtifact'] : {};
  const isSame =
    signed['mediaType'] === target.mediaType &&
    signed['digest'] === target.digest &&
    signed['size'] === target.size;
  if (!isSame) throw refused('content descriptor mismatch');
}
