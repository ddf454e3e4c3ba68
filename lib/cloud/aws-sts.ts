/** AWS's token service: keys of a role in exchange for a token. */
import { isRecord } from '../runtime/mod.ts';
import type { AwsKeys } from './aws-signature.ts';
import { CloudError } from './errors.ts';
import { postForm, textOf } from './http-json.ts';
import type { Ending } from './kept.ts';
import type { CloudOptions } from './types.ts';

export interface AssumedKeys extends Ending {
  keys: AwsKeys;
}

export interface RoleByToken {
  role: string;
  session: string;
  /** Of an issuer that the role trusts. */
  token: string;
  region: string;
}

/** @throws CloudError */
export async function assumeByToken(
  { role, session, token, region }: RoleByToken,
  { env, clock, proxy }: CloudOptions,
): Promise<AssumedKeys> {
  const form = {
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: role,
    RoleSessionName: session,
    WebIdentityToken: token,
  };
  const answer = await postForm(endpointOf('sts', region, env), form, 'STS', proxy);
  return assumedKeys(answer, 'AssumeRoleWithWebIdentity', clock);
}

/** @throws CloudError `Unauthorized` for an answer without keys */
export function assumedKeys(
  answer: Record<string, unknown>,
  action: string,
  clock: Pick<CloudOptions['clock'], 'now'>,
): AssumedKeys {
  const below = (value: unknown, key: string) => (isRecord(value) ? value[key] : undefined);
  const result = below(below(answer, `${action}Response`), `${action}Result`);
  const given = below(result, 'Credentials');
  const keys = keysOf(
    below(given, 'AccessKeyId'),
    below(given, 'SecretAccessKey'),
    below(given, 'SessionToken'),
  );
  return { keys, until: endOf(below(given, 'Expiration'), clock.now()) - 60_000 };
}

/** In seconds since 1970, or as text; keys of roles last for an hour unless they say otherwise. */
function endOf(value: unknown, now: Date): number {
  if (typeof value === 'number') return value * 1000;
  const at = Date.parse(textOf(value) ?? '');
  return Number.isNaN(at) ? now.getTime() + 3_600_000 : at;
}

/** As AWS's own libraries: `AWS_ENDPOINT_URL_SERVICE` goes before the service's address in a region. */
export function endpointOf(service: string, region: string, env: CloudOptions['env']): string {
  const own = env[`AWS_ENDPOINT_URL_${service.toUpperCase().replaceAll('-', '_')}`];
  const host = service.startsWith('ecr') ? `api.${service}` : service;
  return own ?? `https://${host}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

/** @throws CloudError `Unauthorized` */
export function keysOf(id: unknown, secret: unknown, token: unknown): AwsKeys {
  const [accessKeyId, secretAccessKey] = [textOf(id), textOf(secret)];
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new CloudError('Unauthorized', 'aws', 'AWS gave no access key');
  return { accessKeyId, secretAccessKey, sessionToken: textOf(token) };
}
