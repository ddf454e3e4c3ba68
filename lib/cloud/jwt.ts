/** Signed claims (RFC 7519, RS256). */
import { createSign } from 'node:crypto';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * @param key in PEM; further blocks, such as certificates, do no harm
 * @param header beside `alg` and `typ`
 * @throws Error of Node's when there is no private key
 */
export function signedJwt(
  claims: Readonly<Record<string, unknown>>,
  key: string,
  header: Readonly<Record<string, unknown>> = {},
): string {
  const signed = `${encode({ alg: 'RS256', typ: 'JWT', ...header })}.${encode(claims)}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key, 'base64url')}`;
}
