/** The Online Certificate Status Protocol (RFC 6960). */
import { createHash } from 'node:crypto';
import { readCertificate, readExtensions } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import {
  encodeDer,
  expect,
  field,
  readAll,
  readBits,
  readDer,
  readInteger,
  readOid,
  readTime,
  tags,
  within,
} from './der.ts';
import type { Der } from './der.ts';
import { refused } from './errors.ts';
import type { RevocationTools, Status } from './revocation.ts';
import { checkOwnSignature, checkSignature } from './signed-by.ts';

const basicResponse = '1.3.6.1.5.5.7.48.1.1';
const ocspSigning = '1.3.6.1.5.5.7.3.9';
const invalidityDate = '2.5.29.24';
/** SHA-1: the only one that all servers know. It names the issuer, and proves nothing. */
const sha1 = Buffer.from('300906052b0e03021a0500', 'hex');
const limits = { timeoutMs: 2000, maxBytes: 20_480 };

/** Of the first server with a valid answer. */
export async function ocspStatus(
  certificate: Certificate,
  issuer: Certificate,
  signedAt: Date | undefined,
  tools: RevocationTools,
): Promise<Status> {
  for (const server of certificate.ocspServers) {
    try {
      return await askServer(server, certificate, issuer, signedAt, tools);
    } catch {
      // The next one may know. What none of them does is unknown.
    }
  }
  return 'unknown';
}

async function askServer(
  server: string,
  certificate: Certificate,
  issuer: Certificate,
  signedAt: Date | undefined,
  { now, ask }: RevocationTools,
): Promise<Status> {
  if (!/^http:/i.test(server)) throw refused('OCSPServer protocol is not supported');
  const request = encodeRequest(certificate, issuer);
  const encoded = encodeURIComponent(request.toString('base64'));
  const isShort = encoded.length < 255;
  const data = await ask({
    url: isShort ? `${server.replace(/\/+$/, '')}/${encoded}` : server,
    ...(isShort ? {} : { body: { type: 'application/ocsp-request', data: request } }),
    ...limits,
  });
  const answer = readAnswer(data, certificate, issuer);
  if (answer.nextUpdate === undefined || now() > answer.nextUpdate)
    throw refused('expired OCSP response');
  const isBefore =
    signedAt !== undefined && answer.invalidFrom !== undefined && signedAt < answer.invalidFrom;
  return answer.status === 'revoked' && isBefore ? 'good' : answer.status;
}

const keyBits = ({ keyInfo }: Certificate) => readBits(within(readDer(keyInfo))[1]);

export function encodeRequest(certificate: Certificate, issuer: Certificate): Buffer {
  const hash = (data: Uint8Array) =>
    encodeDer(tags.octets, createHash('sha1').update(data).digest());
  const sequence = (...parts: Uint8Array[]) => encodeDer(tags.sequence, ...parts);
  const id = sequence(
    sha1,
    hash(issuer.subject.raw),
    hash(keyBits(issuer)),
    encodeDer(tags.integer, certificate.serial),
  );
  return sequence(sequence(sequence(sequence(id))));
}

interface Answer {
  status: Status;
  nextUpdate: Date | undefined;
  invalidFrom: Date | undefined;
}

function readAnswer(data: Uint8Array, certificate: Certificate, issuer: Certificate): Answer {
  const [code, wrapped] = within(readDer(data));
  if (expect(code, tags.enumerated).content[0] !== 0) throw refused('ocsp: error from server');
  const [type, basic] = within(within(wrapped, field(0))[0]);
  if (readOid(type) !== basicResponse) throw refused('ocsp: bad OCSP response type');
  const [response, algorithm, signature, certificates] = within(
    readDer(expect(basic, tags.octets).content),
  );
  if (response === undefined || algorithm === undefined) throw refused('ocsp: bad response');
  const signer = signerOf(certificates, issuer);
  checkSignature(algorithm, response.raw, readBits(signature), signer.publicKey);
  // version, responderID and producedAt come first; the answers are the only list among them.
  const list = within(response).find(({ tag }) => tag === tags.sequence);
  const answers = within(list).map((single) => within(single));
  const own = answers.find(([id]) => readInteger(within(id)[3]) === certificate.serial);
  if (own === undefined) throw refused('ocsp: no response matching the supplied certificate');
  return readSingle(own);
}

/** The issuer, or whom it lets answer. */
function signerOf(certificates: Der | undefined, issuer: Certificate): Certificate {
  const [first] = certificates === undefined ? [] : within(within(certificates, field(0))[0]);
  if (first === undefined) return issuer;
  const signer = readCertificate(first.raw);
  if (signer.raw.equals(issuer.raw)) return issuer;
  checkOwnSignature(signer, issuer.publicKey);
  if (!signer.extendedKeyUsage.includes(ocspSigning))
    throw refused('ocsp: the certificate of the response is not for signing responses');
  return signer;
}

function readSingle([_id, state, _thisUpdate, ...more]: readonly Der[]): Answer {
  const next = more.find(({ tag }) => tag === field(0));
  const extensions = readExtensions(more.find(({ tag }) => tag === field(1)));
  for (const [, { critical }] of extensions)
    if (critical) throw refused('ocsp: unsupported critical extension');
  const invalid = extensions.get(invalidityDate);
  const tag = state?.tag;
  return {
    status: tag === field(0, 'simple') ? 'good' : tag === field(1) ? 'revoked' : 'unknown',
    nextUpdate: next && readTime(readAll(next.content)[0]),
    invalidFrom: invalid && readTime(readDer(invalid.value)),
  };
}
