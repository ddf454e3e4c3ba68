/** What a signature's envelope says, in whichever format: JWS or COSE (notaryproject specifications, signature-specification). */
import { messageOf } from '../runtime/mod.ts';
import { algorithmFor } from './algorithm.ts';
import type { Algorithm } from './algorithm.ts';
import { readCertificate } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import { checkChain } from './chain.ts';
import type { NotationError } from './errors.ts';
import { malformed, refused } from './errors.ts';
import { quote } from './quote.ts';

export const schemes = ['notary.x509', 'notary.x509.signingAuthority'] as const;
export type Scheme = (typeof schemes)[number];

/** Names of headers in both formats. */
export const headers = {
  expiry: 'io.cncf.notary.expiry',
  signingTime: 'io.cncf.notary.signingTime',
  authenticSigningTime: 'io.cncf.notary.authenticSigningTime',
  signingScheme: 'io.cncf.notary.signingScheme',
  timestamp: 'io.cncf.notary.timestampSignature',
  plugin: 'io.cncf.notary.verificationPlugin',
  pluginVersion: 'io.cncf.notary.verificationPluginMinVersion',
} as const;

/** A signed header that the format does not know. */
export interface Attribute {
  key: string | number;
  critical: boolean;
  value: unknown;
}

export interface Envelope {
  payload: Buffer;
  contentType: string;
  scheme: Scheme;
  /** `undefined` when it is not there. */
  signingTime: Date | undefined;
  expiry: Date | undefined;
  attributes: readonly Attribute[];
  algorithm: Algorithm;
  signature: Buffer;
  /** The leaf first. */
  chain: readonly Certificate[];
  /** A token of RFC 3161 over the signature. */
  timestamp: Buffer | undefined;
}

export const payloadType = 'application/vnd.cncf.notary.payload.v1+json';

/** That the signature is not that of the leaf over payload and headers. */
export const notSigned = (why: string, cause?: unknown): NotationError =>
  refused(`signature is invalid. Error: ${why}`, cause);

export function readLeaf(der: Uint8Array): Certificate {
  try {
    return readCertificate(der);
  } catch (cause) {
    throw malformed('malformed leaf certificate', cause);
  }
}

/** What has to hold for both formats. @throws NotationError */
export function checkEnvelope(envelope: Envelope): void {
  const { payload, signingTime, expiry, algorithm, chain } = envelope;
  if (payload.length === 0) throw malformed('content not present');
  if (signingTime === undefined) throw malformed('signing-time not present');
  if (expiry !== undefined && expiry.getTime() <= signingTime.getTime())
    throw malformed('expiry cannot be equal or before the signing time');
  try {
    checkChain(chain, 'code signing');
  } catch (cause) {
    throw refused(`certificate-chain is invalid, ${messageOf(cause)}`, cause);
  }
  const [leaf] = chain;
  const own = leaf && algorithmFor(leaf);
  if (own?.number !== algorithm.number)
    throw refused(
      `mismatch between signature algorithm derived from signing certificate (${own?.number ?? 0}) and signing algorithm specified (${algorithm.number}s)`,
    );
  if (envelope.contentType !== payloadType)
    throw malformed(`payload content type ${quote(envelope.contentType)} not supported`);
}

/** Which headers have to be critical. */
export function mustBeCritical(scheme: string, hasExpiry: boolean): Set<string> {
  const found = new Set<string>([headers.signingScheme]);
  if (hasExpiry) found.add(headers.expiry);
  if (scheme === 'notary.x509.signingAuthority') found.add(headers.authenticSigningTime);
  return found;
}

export const notCritical = (missing: ReadonlySet<string>): NotationError =>
  malformed(`these required headers are not marked as critical: [${[...missing].join(' ')}]`);
