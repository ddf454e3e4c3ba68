/** Temporary keys for a Bucket: of a token service that `spec.sts` names (spec §1.3, source-controller minio.go). */
import { createDispatcher } from '../../lib/http/mod.ts';
import type { AwsKeys, CloudOptions } from '../../lib/cloud/mod.ts';
import { Fault, messageOf } from '../../lib/runtime/mod.ts';
import type { Fields } from '../runtime/mod.ts';
import { fetch } from 'undici';
import { refusedWith, valueOf } from './bucket-store.ts';
import type { Reach } from './bucket-store.ts';
import { fetchFailed, fetchStalled } from './failure.ts';
import { textOf } from './secrets.ts';
import type { Secret } from './secrets.ts';

export interface TokenService extends Reach {
  endpoint: string;
  /** With `username` and `password`. */
  secret: Secret | undefined;
}

/**
 * What `spec.sts` may say; the API server refuses most of the rest.
 *
 * @param provider of the Bucket
 * @throws SourceFailure `InvalidSTSConfiguration`, `URLInvalid`
 */
export function checkTokenService(provider: string, sts: Fields): void {
  const service = sts.text('provider') ?? '';
  const wrong = (why: string) => fetchStalled('InvalidSTSConfiguration', why);
  const fits = { aws: 'aws', generic: 'ldap' }[provider];
  if (fits === undefined)
    throw wrong(`STS configuration is not supported for '${provider}' bucket provider`);
  if (service !== fits)
    throw wrong(`STS provider '${service}' is not supported for '${provider}' bucket provider`);
  if (service === 'aws') {
    for (const field of ['secretRef', 'certSecretRef'])
      if (sts.has(field))
        throw wrong(`spec.sts.${field} is not required for the '${service}' STS provider`);
  }
  const endpoint = sts.text('endpoint') ?? '';
  if (!URL.canParse(endpoint))
    throw fetchStalled('URLInvalid', `failed to parse STS endpoint '${endpoint}': it is no URL`);
}

/** @throws SourceFailure `AuthenticationFailed` */
export function checkTokenSecret(secret: Secret | undefined, name: string): void {
  if (secret === undefined) return;
  if (textOf(secret, 'username') !== '' && textOf(secret, 'password') !== '') return;
  throw fetchFailed(
    'AuthenticationFailed',
    `invalid '${name}' secret data for 'ldap' STS provider: required fields username, password`,
  );
}

const awsPattern = '^https://(.+\\.)?sts(-fips)?(\\.[^.]+)?(\\.vpce)?\\.amazonaws\\.com$';

/**
 * The process's identity, with AWS's token service at another place.
 *
 * @throws SourceFailure `AuthenticationFailed` for a place that is not Amazon's
 */
export function withTokenService(cloud: CloudOptions, sts: Fields): CloudOptions {
  const endpoint = sts.text('endpoint') ?? '';
  if (!new RegExp(awsPattern).test(endpoint)) {
    throw fetchFailed(
      'AuthenticationFailed',
      `AWS authentication failed: invalid STS endpoint: '${endpoint}'. must match ${awsPattern}`,
    );
  }
  return { ...cloud, env: { ...cloud.env, AWS_ENDPOINT_URL_STS: endpoint } };
}

const timeoutMs = 30_000;

/** In exchange for a user's password in LDAP. @throws Fault `AccessDenied`, `Refused`, `Unreachable` */
export async function ldapKeys({ endpoint, secret, ...reach }: TokenService): Promise<AwsKeys> {
  const text = (key: string) => (secret === undefined ? '' : textOf(secret, key));
  const dispatcher = createDispatcher(reach);
  const form = {
    Action: 'AssumeRoleWithLDAPIdentity',
    Version: '2011-06-15',
    LDAPUsername: text('username'),
    LDAPPassword: text('password'),
  };
  try {
    const answer = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
      dispatcher,
      // A password goes nowhere else.
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const xml = await answer.text();
    if (!answer.ok) throw refusedWith(answer.status, endpoint, valueOf(xml, 'Message') ?? '');
    const [accessKeyId, secretAccessKey] = [
      valueOf(xml, 'AccessKeyId'),
      valueOf(xml, 'SecretAccessKey'),
    ];
    if (accessKeyId === undefined || secretAccessKey === undefined)
      throw new Fault('Refused', 'retry', endpoint, 'the token service gave no keys');
    return { accessKeyId, secretAccessKey, sessionToken: valueOf(xml, 'SessionToken') };
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    const why = cause instanceof Error ? (cause.cause ?? cause) : cause;
    throw new Fault('Unreachable', 'retry', endpoint, messageOf(why), { cause });
  } finally {
    await dispatcher.destroy();
  }
}
