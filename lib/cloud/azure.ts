/** Access tokens of Entra ID: for an application's secret or certificate, a federated token, a managed identity. */
import { createHash, X509Certificate } from 'node:crypto';
import { exchanged } from './account.ts';
import type { Annotations } from './account.ts';
import { CloudError } from './errors.ts';
import { getJson, postForm, textOf } from './http-json.ts';
import { signedJwt } from './jwt.ts';
import type { CloudAccount, CloudOptions, CloudToken } from './types.ts';

export interface AzureApplication {
  tenant: string;
  client: string;
  /** Default the public cloud's. */
  authority?: string | undefined;
  proof:
    | { secret: string }
    /** Certificate and key in PEM; `withChain` sends the certificate along. */
    | { certificate: string; withChain?: boolean }
    | { federatedToken: string };
}

/** What Secrets and files say of an application; '' is as good as not there. */
export interface AzureFields {
  tenant: string | undefined;
  client: string | undefined;
  secret: string | undefined;
  certificate?: string | undefined;
  withChain?: boolean;
  authority: string | undefined;
}

/** A secret goes before a certificate. @returns `undefined` when something is missing */
export function azureApplication(fields: AzureFields): AzureApplication | undefined {
  const { tenant, client, secret, certificate, withChain = false, authority } = fields;
  if (!tenant || !client) return undefined;
  if (secret) return { tenant, client, authority, proof: { secret } };
  return certificate ? { tenant, client, authority, proof: { certificate, withChain } } : undefined;
}

/** What Azure DevOps is called in Entra ID. */
export const azureDevOpsScope = '499b84ac-1321-427f-aa17-267ca6975798/.default';

const publicAuthority = 'https://login.microsoftonline.com/';

/**
 * The process's own identity: `AZURE_CLIENT_SECRET`, `AZURE_FEDERATED_TOKEN_FILE`, else the managed identity.
 *
 * @param scope ends in `/.default`
 * @throws CloudError
 */
export async function azureToken(scope: string, options: CloudOptions): Promise<CloudToken> {
  const { env, readFile, account } = options;
  if (account !== undefined) return accountToken(account, scope, options);
  const [tenant, client] = [env['AZURE_TENANT_ID'], env['AZURE_CLIENT_ID']];
  const authority = env['AZURE_AUTHORITY_HOST'];
  const [secret, file] = [env['AZURE_CLIENT_SECRET'], env['AZURE_FEDERATED_TOKEN_FILE']];
  if (tenant && client && (secret || file)) {
    const proof = secret ? { secret } : { federatedToken: (await readFile(file ?? '')).trim() };
    return azureApplicationToken({ tenant, client, authority, proof }, scope, options);
  }
  return azureManagedToken(client || undefined, scope, options);
}

/** Of the application that an account is annotated with. */
const accountToken = (
  account: CloudAccount,
  scope: string,
  options: CloudOptions,
): Promise<CloudToken> => {
  const authority = options.env['AZURE_AUTHORITY_HOST'];
  const idOf = (annotations: Annotations, which: string): string => {
    const key = `azure.workload.identity/${which}-id`;
    const id = annotations[key];
    if (id !== undefined) return id;
    throw new Error(`azure ${which} ID is not set in the service account annotation ${key}`);
  };
  return exchanged(account, {
    cloud: 'azure',
    audienceOf: () => 'api://AzureADTokenExchange',
    identityOf: (annotations) => `${idOf(annotations, 'tenant')}/${idOf(annotations, 'client')}`,
    about: [scope, authority, options.proxy],
    kept: account.kept.tokens,
    exchange: (federatedToken, _identity, annotations) => {
      const [tenant, client] = [idOf(annotations, 'tenant'), idOf(annotations, 'client')];
      const application = { tenant, client, authority, proof: { federatedToken } };
      return azureApplicationToken(application, scope, options);
    },
  });
};

/** @throws CloudError `BadCredentials` for a certificate that cannot be read */
export async function azureApplicationToken(
  { tenant, client, authority, proof }: AzureApplication,
  scope: string,
  { clock, proxy }: Pick<CloudOptions, 'clock' | 'proxy'>,
): Promise<CloudToken> {
  const base = authority === undefined || authority === '' ? publicAuthority : authority;
  const url = `${base.replace(/\/*$/, '/')}${encodeURIComponent(tenant)}/oauth2/v2.0/token`;
  const assertion =
    'federatedToken' in proof
      ? proof.federatedToken
      : 'certificate' in proof
        ? signedClaim(proof, client, url, clock.now())
        : undefined;
  const answer = await postForm(
    url,
    {
      grant_type: 'client_credentials',
      client_id: client,
      scope,
      ...('secret' in proof ? { client_secret: proof.secret } : {}),
      ...(assertion === undefined
        ? {}
        : {
            client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
            client_assertion: assertion,
          }),
    },
    'Entra ID',
    proxy,
  );
  return tokenOf(answer, clock);
}

/** @param client of a user-assigned identity; absent for the machine's own */
export async function azureManagedToken(
  client: string | undefined,
  scope: string,
  { env, clock }: Pick<CloudOptions, 'env' | 'clock'>,
): Promise<CloudToken> {
  const host = env['AZURE_POD_IDENTITY_AUTHORITY_HOST'] ?? 'http://169.254.169.254';
  const url = new URL('/metadata/identity/oauth2/token', host);
  url.searchParams.set('api-version', '2018-02-01');
  url.searchParams.set('resource', scope.replace(/\/\.default$/, ''));
  if (client !== undefined) url.searchParams.set('client_id', client);
  const asked = { headers: { metadata: 'true' } };
  return tokenOf(await getJson(url.href, asked, 'the metadata service of Azure'), clock);
}

/** A claim for ten minutes, signed with the key of a certificate (RFC 7523). */
function signedClaim(
  { certificate, withChain = false }: { certificate: string; withChain?: boolean },
  client: string,
  audience: string,
  now: Date,
): string {
  try {
    const { raw } = new X509Certificate(certificate);
    const seconds = Math.floor(now.getTime() / 1000);
    const thumb = createHash('sha1').update(raw).digest('base64url');
    const chain = withChain ? { x5c: [raw.toString('base64')] } : {};
    const claims = {
      aud: audience,
      iss: client,
      sub: client,
      jti: createHash('sha256').update(`${client} ${now.getTime()}`).digest('hex'),
      nbf: seconds,
      exp: seconds + 600,
    };
    return signedJwt(claims, certificate, { x5t: thumb, ...chain });
  } catch (cause) {
    const message = 'the client certificate has no certificate and RSA key in PEM';
    throw new CloudError('BadCredentials', 'azure', message, { cause });
  }
}

function tokenOf(answer: Record<string, unknown>, clock: CloudOptions['clock']): CloudToken {
  const token = textOf(answer['access_token']);
  if (token === undefined)
    throw new CloudError('Unauthorized', 'azure', 'Azure gave no access token');
  // Numbers come as texts from the metadata service.
  const seconds = Number(answer['expires_in'] ?? 0);
  const lasts = Number.isFinite(seconds) ? Math.max(0, seconds - 60) : 0;
  return { token, until: clock.now().getTime() + lasts * 1000 };
}
