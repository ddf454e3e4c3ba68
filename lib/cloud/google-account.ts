/** Access tokens of Google for service accounts of a cluster: workload identity federation (RFC 8693). */
import { messageOf } from '../runtime/mod.ts';
import { exchanged } from './account.ts';
import type { Annotations } from './account.ts';
import { CloudError } from './errors.ts';
import { metadataQuestion, tokenFrom, tokenOf } from './google-answers.ts';
import { getText, postForm, postJson, textOf } from './http-json.ts';
import type { CloudAccount, CloudOptions, CloudToken, WorkloadPool } from './types.ts';

const scopes = [
  'https://www.googleapis.com/auth/cloud-platform',
  'https://www.googleapis.com/auth/userinfo.email',
];
const emailPattern = '^[a-zA-Z0-9-]{1,100}@[a-zA-Z0-9-]{1,100}\\.iam\\.gserviceaccount\\.com$';
const providerPattern =
  '^projects/\\d{1,30}/locations/global/workloadIdentityPools/[^/]{1,100}/providers/[^/]{1,100}$';

/**
 * Of the Google service account that the account is annotated with, else its own. Outside of GKE an annotation names the
 * identity provider.
 *
 * @throws CloudError
 */
export const googleAccountToken = (
  account: CloudAccount,
  options: CloudOptions,
): Promise<CloudToken> =>
  exchanged(account, {
    cloud: 'gcp',
    audienceOf: async (annotations) =>
      providerOf(annotations) ?? (await poolOf(account, options)).pool,
    identityOf: (annotations) =>
      annotated(annotations, 'iam.gke.io/gcp-service-account', emailPattern) ?? '',
    about: [options.proxy],
    kept: account.kept.tokens,
    exchange: async (token, email, annotations) => {
      const audience = providerOf(annotations) ?? (await ownAudience(account, options));
      const federated = await exchangeToken(token, audience, email !== '', options);
      return email === '' ? federated : impersonate(federated.token, email, options);
    },
  });

function annotated(annotations: Annotations, key: string, pattern: string): string | undefined {
  const value = annotations[key];
  if (value === undefined || value === '') return undefined;
  if (new RegExp(pattern).test(value)) return value;
  throw new Error(`invalid ${key} annotation: '${value}'. must match ${pattern}`);
}

function providerOf(annotations: Annotations): string | undefined {
  const key = 'gcp.auth.fluxcd.io/workload-identity-provider';
  const provider = annotated(annotations, key, providerPattern);
  return provider === undefined ? undefined : `//iam.googleapis.com/${provider}`;
}

async function ownAudience(account: CloudAccount, options: CloudOptions): Promise<string> {
  const { pool, provider } = await poolOf(account, options);
  return `identitynamespace:${pool}:${provider}`;
}

const poolOf = ({ kept }: CloudAccount, { env }: CloudOptions): Promise<WorkloadPool> =>
  kept.pools('', async () => {
    const read = async (path: string, what: string) => {
      const failed = (why: string, cause?: unknown) => {
        const message = `failed to get GKE cluster ${what} from the metadata service: ${why}`;
        return new CloudError('Failed', 'gcp', message, { cause });
      };
      const text = await getText(...metadataQuestion(env, path)).catch((cause: unknown) => {
        throw failed(messageOf(cause), cause);
      });
      if (text.trim() === '') throw failed('empty value');
      return text.trim();
    };
    const project = await read('project/project-id', 'project ID');
    const location = await read('instance/attributes/cluster-location', 'location');
    const name = await read('instance/attributes/cluster-name', 'name');
    return {
      pool: `${project}.svc.id.goog`,
      provider: `https://container.googleapis.com/v1/projects/${project}/locations/${location}/clusters/${name}`,
      until: Number.POSITIVE_INFINITY,
    };
  });

/** Other addresses are named by the variables of gcloud. */
const baseOf = (env: CloudOptions['env'], service: string): string =>
  (
    env[`CLOUDSDK_API_ENDPOINT_OVERRIDES_${service.toUpperCase()}`] ??
    `https://${service}.googleapis.com`
  ).replace(/\/+$/, '');

async function exchangeToken(
  token: string,
  audience: string,
  isForAnother: boolean,
  { env, clock, proxy }: CloudOptions,
): Promise<CloudToken> {
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    subject_token: token,
    audience,
    // To speak for another takes no more than the first.
    scope: (isForAnother ? scopes.slice(0, 1) : scopes).join(' '),
  };
  const answer = await postForm(`${baseOf(env, 'sts')}/v1/token`, form, "Google's STS", proxy);
  return tokenFrom(answer, 3600, clock);
}

async function impersonate(
  token: string,
  email: string,
  { env, clock, proxy }: CloudOptions,
): Promise<CloudToken> {
  const account = `projects/-/serviceAccounts/${encodeURIComponent(email)}`;
  const answer = await postJson(
    `${baseOf(env, 'iamcredentials')}/v1/${account}:generateAccessToken`,
    { lifetime: '3600s', scope: scopes },
    { authorization: `Bearer ${token}` },
    "Google's IAM",
    proxy,
  );
  const ends = Date.parse(textOf(answer['expireTime']) ?? '');
  const seconds = Number.isNaN(ends) ? 3600 : (ends - clock.now().getTime()) / 1000;
  return tokenOf(answer['accessToken'], seconds, clock);
}
