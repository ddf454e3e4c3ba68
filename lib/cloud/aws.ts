/** The keys that a process has with AWS, where its own libraries look for them. */
import { isRecord } from '../runtime/mod.ts';
import { signAws } from './aws-signature.ts';
import type { AwsKeys, Signing } from './aws-signature.ts';
import { CloudError } from './errors.ts';
import { getJson, getText, postForm, textOf } from './http-json.ts';
import type { CloudOptions } from './types.ts';

const metadataService = 'the metadata service of AWS';

/**
 * The environment, a web identity (IAM roles for service accounts), a container's role (EKS Pod Identity), then the
 * instance's role.
 *
 * @param region of the token service
 * @throws CloudError
 */
export async function awsKeys(region: string, options: CloudOptions): Promise<AwsKeys> {
  const { env } = options;
  if (env['AWS_ACCESS_KEY_ID'] && env['AWS_SECRET_ACCESS_KEY'])
    return {
      accessKeyId: env['AWS_ACCESS_KEY_ID'],
      secretAccessKey: env['AWS_SECRET_ACCESS_KEY'],
      sessionToken: env['AWS_SESSION_TOKEN'],
    };
  if (env['AWS_WEB_IDENTITY_TOKEN_FILE'] && env['AWS_ROLE_ARN'])
    return webIdentity(region, options);
  if (env['AWS_CONTAINER_CREDENTIALS_FULL_URI']) return containerRole(options);
  const base = env['AWS_EC2_METADATA_SERVICE_ENDPOINT']?.replace(/\/+$/, '');
  const service = base ?? 'http://169.254.169.254';
  const token = await getText(
    `${service}/latest/api/token`,
    { method: 'PUT', headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '300' } },
    metadataService,
  );
  const asked = { headers: { 'x-aws-ec2-metadata-token': token } };
  const roles = `${service}/latest/meta-data/iam/security-credentials/`;
  const role = (await getText(roles, asked, metadataService)).split('\n')[0] ?? '';
  const answer = await getJson(`${roles}${role}`, asked, metadataService);
  return keysOf(answer['AccessKeyId'], answer['SecretAccessKey'], answer['Token']);
}

async function webIdentity(region: string, { env, readFile }: CloudOptions): Promise<AwsKeys> {
  const answer = await postForm(
    endpointOf('sts', region, env),
    {
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: env['AWS_ROLE_ARN'] ?? '',
      RoleSessionName: env['AWS_ROLE_SESSION_NAME'] || 'flux',
      WebIdentityToken: (await readFile(env['AWS_WEB_IDENTITY_TOKEN_FILE'] ?? '')).trim(),
    },
    'STS',
  );
  return assumed(answer, 'AssumeRoleWithWebIdentity');
}

/** Another role's keys, for requests signed with `keys`. @throws CloudError */
export async function assumeRole(
  { role, session, region, keys }: { role: string; session: string; region: string; keys: AwsKeys },
  options: CloudOptions,
): Promise<AwsKeys> {
  const form = {
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: role,
    RoleSessionName: session,
  };
  const answer = await askAws(
    {
      keys,
      region,
      service: 'sts',
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
      who: 'STS',
    },
    options,
  );
  return assumed(answer, 'AssumeRole');
}

function assumed(answer: Record<string, unknown>, action: string): AwsKeys {
  const below = (value: unknown, key: string) => (isRecord(value) ? value[key] : undefined);
  const result = below(below(answer, `${action}Response`), `${action}Result`);
  const given = below(result, 'Credentials');
  return keysOf(
    below(given, 'AccessKeyId'),
    below(given, 'SecretAccessKey'),
    below(given, 'SessionToken'),
  );
}

export interface AwsQuestion extends Pick<Signing, 'keys' | 'region' | 'headers' | 'body'> {
  /** `ecr`, `ecr-public`, `kms`, `sts` */
  service: string;
  /** For errors. */
  who: string;
}

/** A signed POST to a service of AWS that answers with JSON. @throws CloudError */
export async function askAws(
  { keys, region, service, headers, body, who }: AwsQuestion,
  { env, clock }: Pick<CloudOptions, 'env' | 'clock'>,
): Promise<Record<string, unknown>> {
  const endpoint = endpointOf(service, region, env);
  const url = new URL('/', endpoint);
  const signed = signAws({ keys, region, service, url, headers, body, at: clock.now() });
  return getJson(endpoint, { method: 'POST', headers: signed, body }, who);
}

/** As AWS's own libraries: `AWS_ENDPOINT_URL_SERVICE` goes before the service's address in a region. */
function endpointOf(service: string, region: string, env: CloudOptions['env']): string {
  const own = env[`AWS_ENDPOINT_URL_${service.toUpperCase().replaceAll('-', '_')}`];
  const host = service.startsWith('ecr') ? `api.${service}` : service;
  return own ?? `https://${host}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

async function containerRole({ env, readFile }: CloudOptions): Promise<AwsKeys> {
  const file = env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'];
  const authorization =
    file === undefined ? env['AWS_CONTAINER_AUTHORIZATION_TOKEN'] : (await readFile(file)).trim();
  const answer = await getJson(
    env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ?? '',
    { headers: authorization === undefined ? {} : { authorization } },
    'the credentials service of AWS',
  );
  return keysOf(answer['AccessKeyId'], answer['SecretAccessKey'], answer['Token']);
}

function keysOf(id: unknown, secret: unknown, token: unknown): AwsKeys {
  const [accessKeyId, secretAccessKey] = [textOf(id), textOf(secret)];
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new CloudError('Unauthorized', 'aws', 'AWS gave no access key');
  return { accessKeyId, secretAccessKey, sessionToken: textOf(token) };
}
