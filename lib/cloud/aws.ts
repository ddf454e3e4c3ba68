/** Tokens of ECR, and the keys of AWS that get them (spec flux-v1 §6.3). */
import { signAws } from './aws-signature.ts';
import type { AwsKeys } from './aws-signature.ts';
import type { CloudOptions, KeptCredentials } from './cloud.ts';
import { RegistryError } from './errors.ts';
import { getJson, getText } from './http-json.ts';
import { textOf } from './json.ts';
import { isRecord } from '../runtime/mod.ts';

/** @param china `.cn` for regions there, else '' @throws RegistryError */
export async function ecrToken(
  region: string,
  china: string,
  options: CloudOptions,
): Promise<KeptCredentials> {
  const keys = await awsKeys(region, options);
  const endpoint =
    options.endpoints?.ecr?.(region) ?? `https://api.ecr.${region}.amazonaws.com${china}`;
  const body = '{}';
  const headers = signAws({
    keys,
    region,
    service: 'ecr',
    url: new URL('/', endpoint),
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken',
    },
    body,
    at: options.clock.now(),
  });
  const answer = await getJson(endpoint, { method: 'POST', headers, body }, `ECR in ${region}`);
  const data: unknown = Array.isArray(answer.authorizationData)
    ? answer.authorizationData[0]
    : undefined;
  const token = isRecord(data) ? textOf(data.authorizationToken) : undefined;
  if (token === undefined)
    throw new RegistryError('Unauthorized', region, `ECR in ${region} gave no token`);
  const [username = '', ...password] = Buffer.from(token, 'base64').toString().split(':');
  const expires = isRecord(data) && typeof data.expiresAt === 'number' ? data.expiresAt * 1000 : 0;
  const now = options.clock.now().getTime();
  return {
    credentials: { username, password: password.join(':'), origin: `ECR in ${region}` },
    until: Math.min(expires > 0 ? expires - 60_000 : now + 3_600_000, now + 12 * 3_600_000),
  };
}

/** The environment, a web identity (IAM roles for service accounts), then the instance's role. */
export async function awsKeys(region: string, options: CloudOptions): Promise<AwsKeys> {
  const { env } = options;
  if (env.AWS_ACCESS_KEY_ID && env.AWS_SECRET_ACCESS_KEY)
    return {
      accessKeyId: env.AWS_ACCESS_KEY_ID,
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
      sessionToken: env.AWS_SESSION_TOKEN,
    };
  if (env.AWS_WEB_IDENTITY_TOKEN_FILE && env.AWS_ROLE_ARN) return webIdentity(region, options);
  const base = options.endpoints?.aws ?? 'http://169.254.169.254';
  const token = await getText(
    `${base}/latest/api/token`,
    { method: 'PUT', headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '300' } },
    'the metadata service of AWS',
  );
  const asked = { headers: { 'x-aws-ec2-metadata-token': token } };
  const roles = `${base}/latest/meta-data/iam/security-credentials/`;
  const role = (await getText(roles, asked, 'the metadata service of AWS')).split('\n')[0] ?? '';
  const answer = await getJson(`${roles}${role}`, asked, 'the metadata service of AWS');
  return keysOf(answer.AccessKeyId, answer.SecretAccessKey, answer.Token);
}

async function webIdentity(region: string, options: CloudOptions): Promise<AwsKeys> {
  const { env, readFile } = options;
  const query = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: env.AWS_ROLE_ARN ?? '',
    RoleSessionName: env.AWS_ROLE_SESSION_NAME || 'flux',
    WebIdentityToken: (await readFile(env.AWS_WEB_IDENTITY_TOKEN_FILE ?? '')).trim(),
  });
  const base = options.endpoints?.sts ?? `https://sts.${region}.amazonaws.com`;
  const answer = await getJson(
    base,
    {
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: query.toString(),
    },
    'STS',
  );
  const response = isRecord(answer.AssumeRoleWithWebIdentityResponse)
    ? answer.AssumeRoleWithWebIdentityResponse
    : {};
  const result = isRecord(response.AssumeRoleWithWebIdentityResult)
    ? response.AssumeRoleWithWebIdentityResult
    : {};
  const given = isRecord(result.Credentials) ? result.Credentials : {};
  return keysOf(given.AccessKeyId, given.SecretAccessKey, given.SessionToken);
}

function keysOf(id: unknown, secret: unknown, token: unknown): AwsKeys {
  const [accessKeyId, secretAccessKey] = [textOf(id), textOf(secret)];
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new RegistryError('Unauthorized', 'aws', 'AWS gave no access key');
  return { accessKeyId, secretAccessKey, sessionToken: textOf(token) };
}
