/** The keys that a process has with AWS, where its own libraries look for them. */
import { exchanged } from './account.ts';
import { signAws } from './aws-signature.ts';
import type { AwsKeys, Signing } from './aws-signature.ts';
import { assumeByToken, assumedKeys, endpointOf, keysOf } from './aws-sts.ts';
import { getJson, getText } from './http-json.ts';
import type { CloudAccount, CloudOptions } from './types.ts';

const metadataService = 'the metadata service of AWS';

/**
 * The environment, a web identity (IAM roles for service accounts), a container's role (EKS Pod Identity), then the
 * instance's role.
 *
 * @param region of the token service
 * @throws CloudError
 */
export async function awsKeys(region: string, options: CloudOptions): Promise<AwsKeys> {
  const { env, account } = options;
  if (account !== undefined) return accountKeys(account, region, options);
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

async function webIdentity(region: string, options: CloudOptions): Promise<AwsKeys> {
  const { env, readFile } = options;
  const { keys } = await assumeByToken(
    {
      role: env['AWS_ROLE_ARN'] ?? '',
      session: env['AWS_ROLE_SESSION_NAME'] || 'flux',
      token: (await readFile(env['AWS_WEB_IDENTITY_TOKEN_FILE'] ?? '')).trim(),
      region,
    },
    options,
  );
  return keys;
}

const rolePattern = '^arn:aws[\\w-]*:iam::[0-9]{1,30}:role/.{1,200}$';

/** Of the role that an account is annotated with. */
async function accountKeys(
  account: CloudAccount,
  region: string,
  options: CloudOptions,
): Promise<AwsKeys> {
  const { namespace, name, kept } = account;
  const { keys } = await exchanged(account, {
    cloud: 'aws',
    audienceOf: () => 'sts.amazonaws.com',
    identityOf: (annotations) => {
      const key = 'eks.amazonaws.com/role-arn';
      const role = annotations[key] ?? '';
      if (new RegExp(rolePattern).test(role)) return role;
      throw new Error(`invalid ${key} annotation: '${role}'. must match ${rolePattern}`);
    },
    about: [region, endpointOf('sts', region, options.env), options.proxy],
    kept: kept.keys,
    exchange: async (token, role) => {
      if (region === '')
        throw new Error(
          'an AWS region is required for authenticating with a service account. please configure one in the object spec',
        );
      const session = `${name}.${namespace}.${region}.fluxcd.io`;
      return assumeByToken({ role, session, token, region }, options);
    },
  });
  return keys;
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
  return assumedKeys(answer, 'AssumeRole', options.clock).keys;
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
  { env, clock, proxy }: Pick<CloudOptions, 'env' | 'clock' | 'proxy'>,
): Promise<Record<string, unknown>> {
  const endpoint = endpointOf(service, region, env);
  const url = new URL('/', endpoint);
  const signed = signAws({ keys, region, service, url, headers, body, at: clock.now() });
  return getJson(endpoint, { method: 'POST', headers: signed, body }, who, proxy);
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
