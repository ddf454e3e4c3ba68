/**
 * Whether certificates were taken back: asked of the OCSP servers that they name, else of their lists (CRL), as
 * notation-core-go 1.3 does it. Those that name neither cannot be taken back.
 */
import type { Certificate } from './certificate.ts';
import { crlStatus } from './crl.ts';
import { ocspStatus } from './ocsp.ts';

export interface Request {
  /** `http://…` */
  url: string;
  /** Posted; without it, the URL is got. */
  body?: { type: string; data: Uint8Array };
  timeoutMs: number;
  /** A longer answer is refused. */
  maxBytes: number;
}

/** @throws Error unless the answer is 200 */
export type AskServer = (request: Request) => Promise<Uint8Array>;

export interface RevocationTools {
  now: () => Date;
  ask: AskServer;
}

export type Status = 'good' | 'revoked' | 'unknown';

export interface Revocation {
  /** Of the certificate. */
  subject: string;
  status: 'revoked' | 'unknown';
}

/**
 * @param chain the root last
 * @param signedAt when it is known for certain: before a key became invalid, its certificate counts
 * @returns `undefined` when nothing is wrong; what was taken back goes before what is not known
 */
export async function revocationOf(
  chain: readonly Certificate[],
  signedAt: Date | undefined,
  tools: RevocationTools,
): Promise<Revocation | undefined> {
  const found = await Promise.all(
    chain.slice(0, -1).map(async (certificate, at) => {
      const issuer = chain[at + 1];
      const status =
        issuer === undefined ? 'good' : await statusOf(certificate, issuer, signedAt, tools);
      return status === 'good' ? [] : [{ subject: certificate.subject.text, status }];
    }),
  );
  const wrong = found.flat();
  return wrong.find(({ status }) => status === 'revoked') ?? wrong[0];
}

async function statusOf(
  certificate: Certificate,
  issuer: Certificate,
  signedAt: Date | undefined,
  tools: RevocationTools,
): Promise<Status> {
  const { ocspServers, crlPoints } = certificate;
  if (ocspServers.length > 0) {
    const status = await ocspStatus(certificate, issuer, signedAt, tools);
    if (status !== 'unknown' || crlPoints.length === 0) return status;
  }
  return crlPoints.length === 0 ? 'good' : crlStatus(certificate, issuer, signedAt, tools);
}
