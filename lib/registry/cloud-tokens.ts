/** What registries of clouds take as a password, in exchange for an identity there (spec flux-v1 §6.3, flux-v2 §2.4). */
import {
  askAws,
  awsKeys,
  azureToken,
  CloudError,
  googleToken,
  postForm,
  textOf,
} from '../cloud/mod.ts';
import type { CloudOptions, Ending } from '../cloud/mod.ts';
import { isRecord } from '../runtime/mod.ts';
import type { RegistryCredentials } from './types.ts';

export interface KeptCredentials extends Ending {
  credentials: RegistryCredentials;
}

/** Of a private ECR registry in a region. @throws CloudError */
export async function ecrToken(region: string, options: CloudOptions): Promise<KeptCredentials> {
  const target = 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken';
  const { authorizationData: list } = await askEcr(region, 'ecr', target, options);
  return ecrCredentials(Array.isArray(list) ? list[0] : undefined, `ECR in ${region}`, options);
}

/** Of public.ecr.aws, which is served in one region. @throws CloudError */
export async function ecrPublicToken(options: CloudOptions): Promise<KeptCredentials> {
  const target = 'SpencerFrontendService.GetAuthorizationToken';
  const { authorizationData } = await askEcr('us-east-1', 'ecr-public', target, options);
  return ecrCredentials(authorizationData, 'public ECR', options);
}

async function askEcr(region: string, service: string, target: string, options: CloudOptions) {
  return askAws(
    {
      keys: await awsKeys(region, options),
      region,
      service,
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
      body: '{}',
      who: `ECR in ${region}`,
    },
    options,
  );
}

function ecrCredentials(data: unknown, who: string, { clock }: CloudOptions): KeptCredentials {
  const token = isRecord(data) ? textOf(data['authorizationToken']) : undefined;
  if (token === undefined) throw new CloudError('Unauthorized', who, `${who} gave no token`);
  const [username = '', ...password] = Buffer.from(token, 'base64').toString().split(':');
  const expires =
    isRecord(data) && typeof data['expiresAt'] === 'number' ? data['expiresAt'] * 1000 : 0;
  const now = clock.now().getTime();
  return {
    credentials: { username, password: password.join(':'), origin: who },
    until: Math.min(expires > 0 ? expires - 60_000 : now + 3_600_000, now + 12 * 3_600_000),
  };
}

/** @throws CloudError */
export async function googleCredentials(options: CloudOptions): Promise<KeptCredentials> {
  const { token, until } = await googleToken(options);
  return {
    credentials: { username: 'oauth2accesstoken', password: token, origin: 'GCE metadata' },
    until,
  };
}

/** The audience of Azure's registries, in all of its clouds. */
const acrScope = 'https://containerregistry.azure.net/.default';
/** The user whose password is a refresh token of the registry. */
const acrUser = '00000000-0000-0000-0000-000000000000';

/** @param plainHttp the registry has no TLS @throws CloudError */
export async function acrToken(
  host: string,
  options: CloudOptions,
  plainHttp = false,
): Promise<KeptCredentials> {
  const { token, until } = await azureToken(acrScope, options);
  const answer = await postForm(
    `${plainHttp ? 'http' : 'https'}://${host}/oauth2/exchange`,
    { grant_type: 'access_token', service: host, access_token: token },
    host,
    options.proxy,
  );
  const refreshToken = textOf(answer['refresh_token']);
  if (refreshToken === undefined)
    throw new CloudError('Unauthorized', host, `${host} gave no refresh token`);
  return { credentials: { username: acrUser, password: refreshToken, origin: host }, until };
}
