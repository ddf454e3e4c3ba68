/** Envelopes in JWS, as flattened JSON (`application/jose+json`; notaryproject specifications, signature-envelope-jws). */
import { isRecord, messageOf } from '../runtime/mod.ts';
import { algorithms, isSigned } from './algorithm.ts';
import { readCertificate } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import { headers, mustBeCritical, notCritical, notSigned, readLeaf, schemes } from './envelope.ts';
import type { Attribute, Envelope } from './envelope.ts';
import { malformed } from './errors.ts';
import { quote } from './quote.ts';

type Json = Readonly<Record<string, unknown>>;

const known: ReadonlySet<string> = new Set([
  'alg',
  'cty',
  'crit',
  headers.expiry,
  headers.signingTime,
  headers.authenticSigningTime,
  headers.signingScheme,
]);

/** @throws NotationError unless its own leaf has signed it */
export function readJws(data: Uint8Array): Envelope {
  const found = parse(data);
  const header = isRecord(found['header']) ? found['header'] : {};
  const certificates = (Array.isArray(header['x5c']) ? header['x5c'] : []).map(bytesOf);
  const [first] = certificates;
  if (first === undefined) throw malformed('certificate chain is not present');
  const leaf = readLeaf(first);
  const [protectedText, payloadText, signatureText] = ['protected', 'payload', 'signature'].map(
    (key) => textOf(found, key),
  );
  const fields = decodeHeader(protectedText ?? '');
  const payload = decode(payloadText ?? '');
  const signature = decode(signatureText ?? '');
  checkSigned(leaf, fields, `${protectedText ?? ''}.${payloadText ?? ''}`, { payload, signature });
  return {
    ...signedHeaders(fields),
    payload,
    signature,
    chain: [leaf, ...certificates.slice(1).map((each) => readCertificate(each))],
    timestamp:
      header[headers.timestamp] === undefined ? undefined : bytesOf(header[headers.timestamp]),
  };
}

function parse(data: Uint8Array): Json {
  let why = 'it is no object';
  try {
    const value: unknown = JSON.parse(Buffer.from(data).toString('utf8'));
    if (isRecord(value)) return value;
  } catch (cause) {
    why = messageOf(cause);
  }
  throw malformed(`unable to parse the digital signature, error : ${why}`);
}

function checkSigned(
  leaf: Certificate,
  fields: Json,
  signed: string,
  { payload, signature }: { payload: Buffer; signature: Buffer },
): void {
  try {
    JSON.parse(payload.toString('utf8'));
  } catch (cause) {
    throw notSigned(messageOf(cause), cause);
  }
  const { alg } = fields;
  if (typeof alg !== 'string') throw notSigned('signing method (alg) is unspecified.');
  const algorithm = algorithms.find(({ name }) => name === alg);
  if (algorithm === undefined) throw notSigned(`signing method ${alg} is invalid`);
  const kind = alg.startsWith('PS') ? 'rsa' : 'ec';
  if (leaf.publicKey?.asymmetricKeyType !== kind) throw notSigned('key is of invalid type');
  if (!isSigned(algorithm, Buffer.from(signed), leaf.publicKey, signature, 'any'))
    throw notSigned(`crypto/${kind === 'ec' ? 'ecdsa' : 'rsa'}: verification error`);
}

type SignedHeaders = Omit<Envelope, 'payload' | 'signature' | 'chain' | 'timestamp'>;

function signedHeaders(fields: Json): SignedHeaders {
  const scheme = schemes.find((each) => each === fields[headers.signingScheme]);
  if (scheme === undefined)
    throw malformed(
      `unsupported SigningScheme: \`${String(fields[headers.signingScheme] ?? '')}\``,
    );
  const expiry = timeIn(fields, headers.expiry);
  const [signingTime, authentic] = [headers.signingTime, headers.authenticSigningTime].map((key) =>
    timeIn(fields, key),
  );
  const header = (key: string, what: string, of: string) =>
    malformed(
      `${quote(key)} header must ${what} be present for ${of} signing scheme`.replace('  ', ' '),
    );
  if (scheme === 'notary.x509') {
    if (authentic !== undefined) throw header(headers.authenticSigningTime, 'not', scheme);
  } else {
    if (signingTime !== undefined) throw header(headers.signingTime, 'not', scheme);
    // The name of the other scheme is the original's.
    if (authentic === undefined) throw header(headers.authenticSigningTime, '', 'notary.x509');
  }
  const critical = criticalIn(fields, mustBeCritical(scheme, expiry !== undefined));
  const algorithm = algorithms.find(({ name }) => name === fields['alg']);
  if (algorithm === undefined)
    throw malformed(`signature algorithm ${quote(String(fields['alg']))} is not supported`);
  return {
    contentType: textOf(fields, 'cty'),
    scheme,
    signingTime: scheme === 'notary.x509' ? signingTime : authentic,
    expiry,
    attributes: attributesOf(fields, critical),
    algorithm,
  };
}

/** @throws NotationError for a name of a header that is not there, and when one that has to be critical is not */
function criticalIn(fields: Json, required: Set<string>): string[] {
  const names = Array.isArray(fields['crit']) ? fields['crit'].map(String) : [];
  if (names.length === 0) throw malformed('missing "crit" header');
  for (const name of names) {
    if (required.delete(name)) continue;
    if (known.has(name) || !(name in fields))
      throw malformed(`${quote(name)} header is marked critical but not present`);
  }
  if (required.size > 0) throw notCritical(required);
  return names;
}

const attributesOf = (fields: Json, critical: readonly string[]): Attribute[] =>
  Object.entries(fields)
    .filter(([key]) => !known.has(key))
    .map(([key, value]) => ({ key, value, critical: critical.includes(key) }));

function decodeHeader(text: string): Json {
  const bad = (why: string, cause?: unknown) =>
    malformed(`jws envelope protected header can't be decoded: ${why}`, cause);
  let value: unknown;
  try {
    value = JSON.parse(decode(text).toString('utf8'));
  } catch (cause) {
    throw notSigned(messageOf(cause), cause);
  }
  if (!isRecord(value)) throw bad('it is no object');
  return value;
}

function timeIn(fields: Json, key: string): Date | undefined {
  const value = fields[key];
  if (value === undefined || value === null) return undefined;
  const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
  const time = new Date(typeof value === 'string' && form.test(value) ? value : NaN);
  if (Number.isNaN(time.getTime()))
    throw malformed(
      `jws envelope protected header can't be decoded: parsing time ${JSON.stringify(value)}: ${key} is no time`,
    );
  return time;
}

/** Base64url without padding. */
function decode(text: string): Buffer {
  if (!/^[\w-]*$/.test(text)) throw notSigned('illegal base64 data');
  return Buffer.from(text, 'base64url');
}

function bytesOf(value: unknown): Buffer {
  if (typeof value === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(value))
    return Buffer.from(value, 'base64');
  throw malformed('unable to parse the digital signature, error : illegal base64 data');
}

function textOf(fields: Json, key: string): string {
  const value = fields[key];
  return typeof value === 'string' ? value : '';
}
