/** Tokens that OpenID providers have signed (RFC 7519, OpenID Connect Core 3.1.3.7). */
import { createPublicKey, verify } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { fetch } from 'undici';
import { isRecord, messageOf, readUpTo } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { Fields } from '../runtime/mod.ts';
import { notGenuine } from './errors.ts';

export type Claims = Readonly<Record<string, unknown>>;

export interface IdTokens {
  /** @throws NotificationError `NotGenuine` */
  ofIssuer(token: string, issuer: string, audience: string): Promise<Claims>;
  /** As Pub/Sub sends them; who issued it is left to the caller. @throws NotificationError `NotGenuine` */
  ofGoogle(token: string, audience: string): Promise<Claims>;
}

export interface IdTokenOptions {
  clock: Clock;
  /** Where Google shows its keys. */
  googleKeys?: string;
}

const timeoutMs = 10_000;
/** Of documents of issuers, in bytes. */
const longestDocument = 1024 * 1024;
/** Keys are asked for again after this time, and for a key that is not known. */
const keptMs = 600_000;
const mostIssuers = 256;

/** Hash, and whether the signature is that of an elliptic curve or padded in the newer way. */
const algorithms: Readonly<Record<string, { hash: string; curve?: true; pss?: true }>> = {
  RS256: { hash: 'sha256' },
  RS384: { hash: 'sha384' },
  RS512: { hash: 'sha512' },
  ES256: { hash: 'sha256', curve: true },
  ES384: { hash: 'sha384', curve: true },
  ES512: { hash: 'sha512', curve: true },
  PS256: { hash: 'sha256', pss: true },
  PS384: { hash: 'sha384', pss: true },
  PS512: { hash: 'sha512', pss: true },
};

/** @throws NotificationError `NotGenuine` */
export function bearerOf(authorization: string): string {
  if (!authorization.startsWith('Bearer '))
    throw notGenuine('the Authorization header is missing or malformed');
  const token = authorization.slice('Bearer '.length).trim();
  if (token === '') throw notGenuine('the Authorization header is missing a bearer token');
  return token;
}

/** Who says that they issued a token; nothing is proven yet. @throws NotificationError `NotGenuine` */
export function claimedIssuer(token: string): string {
  const issuer = decode(token).claims['iss'];
  if (typeof issuer !== 'string' || issuer === '')
    throw notGenuine("failed to parse bearer token: token is missing the 'iss' claim");
  return issuer;
}

interface Decoded {
  header: Fields;
  claims: Claims;
  signed: Buffer;
  signature: Buffer;
}

function decode(token: string): Decoded {
  const failed = (why: string, cause?: unknown) =>
    notGenuine(`failed to parse bearer token: ${why}`, cause);
  const [header, payload, signature, ...rest] = token.split('.');
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0)
    throw failed('token is not a JWT');
  const read = (part: string): Record<string, unknown> => {
    let value: unknown;
    try {
      value = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    } catch (cause) {
      throw failed(messageOf(cause), cause);
    }
    if (!isRecord(value)) throw failed('token is not a JWT');
    return value;
  };
  return {
    header: new Fields(read(header)),
    claims: read(payload),
    signed: Buffer.from(`${header}.${payload}`),
    signature: Buffer.from(signature, 'base64url'),
  };
}

export function createIdTokens({
  clock,
  googleKeys = 'https://www.googleapis.com/oauth2/v3/certs',
}: IdTokenOptions): IdTokens {
  const known = new Map<string, { keys: Fields[]; until: number }>();
  const keysAt = async (url: string, isNeededNow: boolean): Promise<Fields[]> => {
    const time = clock.now().getTime();
    const found = known.get(url);
    if (found !== undefined && found.until > time && !isNeededNow) return found.keys;
    const keys = new Fields(await fetchJson(url)).each('keys');
    if (known.size >= mostIssuers) known.clear();
    known.set(url, { keys, until: time + keptMs });
    return keys;
  };
  const check = async (token: string, url: string, audience: string): Promise<Claims> => {
    const decoded = decode(token);
    const isSigned = (keys: Fields[]) => keys.some((key) => isSignedBy(decoded, key));
    if (!isSigned(await keysAt(url, false)) && !isSigned(await keysAt(url, true)))
      throw notGenuine('failed to verify signature: no key has made it');
    const { claims } = decoded;
    const now = clock.now().getTime() / 1000;
    const time = (name: string) => (typeof claims[name] === 'number' ? claims[name] : undefined);
    const expiry = time('exp');
    if (expiry === undefined || expiry < now) throw notGenuine('token is expired');
    const begin = time('nbf');
    if (begin !== undefined && begin > now + 300) throw notGenuine('token is not valid yet');
    const audiences: unknown[] = Array.isArray(claims['aud']) ? claims['aud'] : [claims['aud']];
    if (!audiences.includes(audience))
      throw notGenuine(`expected audience "${audience}" got ${JSON.stringify(claims['aud'])}`);
    return claims;
  };
  return {
    ofIssuer: async (token, issuer, audience) => {
      const base = issuer.replace(/\/$/, '');
      const document = new Fields(await fetchJson(`${base}/.well-known/openid-configuration`));
      const said = document.text('issuer') ?? '';
      if (said !== issuer)
        throw notGenuine(
          `failed to initialize OIDC provider for issuer "${issuer}": issuer did not match the issuer returned by provider, expected "${issuer}" got "${said}"`,
        );
      const claims = await check(token, document.text('jwks_uri') ?? '', audience);
      if (claims['iss'] !== issuer)
        throw notGenuine(`id token issued by a different provider, expected "${issuer}"`);
      return claims;
    },
    ofGoogle: (token, audience) => check(token, googleKeys, audience),
  };
}

function isSignedBy({ header, signed, signature }: Decoded, key: Fields): boolean {
  const algorithm = algorithms[header.text('alg') ?? ''];
  const id = header.text('kid');
  if (algorithm === undefined) throw notGenuine(`unsupported algorithm of the token`);
  if (id !== undefined && key.text('kid') !== undefined && key.text('kid') !== id) return false;
  const { hash, curve, pss } = algorithm;
  if (key.text('kty') !== (curve === true ? 'EC' : 'RSA')) return false;
  let publicKey: KeyObject;
  try {
    publicKey = createPublicKey({ key: jwkOf(key), format: 'jwk' });
  } catch {
    // A key of a kind that is not known here has not made the signature either.
    return false;
  }
  if (curve === true)
    return verify(hash, signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
  // 6: RSA_PKCS1_PSS_PADDING, 1: RSA_PKCS1_PADDING.
  return verify(hash, signed, { key: publicKey, padding: pss === true ? 6 : 1 }, signature);
}

function jwkOf(key: Fields): JsonWebKey {
  const jwk: JsonWebKey = {};
  for (const name of ['kty', 'crv', 'x', 'y', 'n', 'e'] as const) {
    const text = key.text(name);
    if (text !== undefined) jwk[name] = text;
  }
  return jwk;
}

async function fetchJson(url: string): Promise<unknown> {
  const failed = (why: string, cause?: unknown) =>
    notGenuine(`asking the issuer failed: ${url}: ${why}`, cause);
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    const content = await readUpTo(answer.body, longestDocument);
    if (content === undefined) throw failed('the answer is too long');
    if (answer.status !== 200) throw failed(String(answer.status));
    const value: unknown = JSON.parse(content.toString('utf8'));
    return value;
  } catch (cause) {
    throw failed(messageOf(cause), cause);
  }
}
