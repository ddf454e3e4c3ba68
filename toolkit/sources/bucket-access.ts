/** Which service a Bucket is kept by, and how to log in there (spec §1.3, §2.4). */
import {
  awsKeys,
  azureApplication,
  azureApplicationToken,
  azureManagedToken,
  azureToken,
  CloudError,
  googleKeyToken,
  googleToken,
} from '../../lib/cloud/mod.ts';
import type { AwsKeys, CloudOptions } from '../../lib/cloud/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import type { Draft } from '../runtime/mod.ts';
import { accountOf, createAzureBlob } from './azure-blob.ts';
import type { AzureLogin } from './azure-blob.ts';
import type { BucketStore, Reach } from './bucket-store.ts';
import { checkTokenSecret, checkTokenService, ldapKeys, withTokenService } from './bucket-sts.ts';
import type { TokenService } from './bucket-sts.ts';
import { identityOf } from './cloud-login.ts';
import type { SourceDependencies } from './dependencies.ts';
import { fetchFailed, fetchStalled } from './failure.ts';
import { createGcs } from './gcs.ts';
import { proxyUrl } from './proxy.ts';
import { newTls } from './repository-access.ts';
import { createS3 } from './s3.ts';
import { readSecret, textOf } from './secrets.ts';
import type { Secret } from './secrets.ts';

interface Wanted extends Pick<Draft, 'spec'> {
  secret: Secret | undefined;
  /** Name of the Secret. */
  where: string;
  reach: Reach;
  /** Who asks clouds, where the Secret has nothing for it. */
  as: CloudOptions;
  /** Where temporary keys come from. */
  sts: TokenService | undefined;
}

/** @throws SourceFailure `AuthenticationFailed`, `FeatureGateDisabled`, `InvalidProviderConfiguration`, `InvalidSTSConfiguration` */
export async function openBucket(
  dependencies: SourceDependencies,
  { namespace, spec }: Draft,
): Promise<BucketStore> {
  const provider = spec.text('provider') ?? 'generic';
  const askingBy = (proxy: string | undefined) =>
    provider === 'generic'
      ? dependencies.cloud
      : identityOf(dependencies, { namespace, spec }, proxy, '');
  // Refused before anything is read.
  askingBy(undefined);
  const nameOf = (field: string) => spec.at(field).text('name');
  const secretOf = async (field: string, of = spec, what = 'secret') => {
    const name = of.at(field).text('name');
    const failure = `failed to get ${what} '${namespace}/${name ?? ''}'`;
    return name === undefined ? undefined : readSecret(dependencies.kube, namespace, name, failure);
  };
  const secret = await secretOf('secretRef');
  const cert = await secretOf('certSecretRef');
  const proxy = await secretOf('proxySecretRef');
  const sts = spec.at('sts');
  const stsSecret = await secretOf('secretRef', sts, 'STS secret');
  const stsCert = await secretOf('certSecretRef', sts, 'STS TLS config');
  const certOf = (secret: Secret | undefined, of = spec) =>
    secret && newTls(secret, `${namespace}/${of.at('certSecretRef').text('name') ?? ''}`);
  const proxied = proxy && proxyUrl(proxy);
  const wanted: Wanted = {
    as: askingBy(proxied),
    spec,
    secret,
    where: nameOf('secretRef') ?? '',
    reach: { tls: certOf(cert), proxy: proxied },
    sts: spec.has('sts')
      ? {
          endpoint: sts.text('endpoint') ?? '',
          secret: stsSecret,
          tls: certOf(stsCert, sts),
          proxy: proxied,
        }
      : undefined,
  };
  switch (provider) {
    case 'gcp':
      return openGcs(wanted);
    case 'azure':
      return openAzure(dependencies, wanted);
    case 'aws':
    case 'generic':
      return openS3(dependencies, wanted, provider);
    default:
      throw fetchStalled('InvalidProviderConfiguration', `unsupported provider '${provider}'`);
  }
}

const invalid = (where: string, why: string) =>
  fetchFailed('AuthenticationFailed', `invalid '${where}' secret data: ${why}`);

async function openS3(
  dependencies: SourceDependencies,
  { spec, secret, where, reach, as, sts }: Wanted,
  provider: string,
): Promise<BucketStore> {
  const region = spec.text('region') ?? '';
  let keys: AwsKeys | (() => Promise<AwsKeys>) | undefined;
  if (secret !== undefined) {
    const [accessKeyId, secretAccessKey] = [
      textOf(secret, 'accesskey'),
      textOf(secret, 'secretkey'),
    ];
    if (accessKeyId === '' || secretAccessKey === '')
      throw invalid(where, "required fields 'accesskey' and 'secretkey'");
    keys = { accessKeyId, secretAccessKey, sessionToken: undefined };
  }
  if (sts !== undefined) {
    checkTokenService(provider, spec.at('sts'));
    checkTokenSecret(sts.secret, spec.at('sts').at('secretRef').text('name') ?? '');
  }
  if (keys === undefined && provider === 'aws') {
    const own = sts === undefined ? as : withTokenService(as, spec.at('sts'));
    const usual = as.account === undefined ? (as.env['AWS_REGION'] ?? 'us-east-1') : '';
    keys = await loggingIn(() => awsKeys(region || usual, own));
  } else if (keys === undefined && sts !== undefined) {
    keys = () => ldapKeys(sts);
  }
  return createS3({
    ...reach,
    endpoint: spec.text('endpoint') ?? '',
    insecure: spec.flag('insecure') ?? false,
    region,
    keys,
    clock: dependencies.clock,
  });
}

const readOnly = 'https://www.googleapis.com/auth/devstorage.read_only';

/** `spec.endpoint` has no meaning here, as in the original. A token is asked for with the first request, and fails as that. */
function openGcs({ secret, where, reach, as }: Wanted): BucketStore {
  const key = secret === undefined ? undefined : textOf(secret, 'serviceaccount');
  if (key === '') throw invalid(where, "required fields 'serviceaccount'");
  const emulator = as.env['STORAGE_EMULATOR_HOST'];
  const address = emulator === undefined ? 'https://storage.googleapis.com' : withScheme(emulator);
  return createGcs({
    ...reach,
    address,
    token: () =>
      key === undefined
        ? googleToken(as, readOnly)
        : readingKey(() => googleKeyToken(key, as, readOnly)),
  });
}

const withScheme = (host: string) => (/^https?:\/\//.test(host) ? host : `http://${host}`);

const storageScope = 'https://storage.azure.com/.default';

function openAzure(
  dependencies: SourceDependencies,
  { spec, secret, where, reach, as }: Wanted,
): BucketStore {
  const endpoint = spec.text('endpoint') ?? '';
  if (!URL.canParse(endpoint))
    throw fetchFailed('AuthenticationFailed', `unable to parse endpoint URL: ${endpoint}`);
  return createAzureBlob({
    ...reach,
    endpoint,
    clock: dependencies.clock,
    login: azureLogin(as, endpoint, secret, where),
  });
}

/** Tokens are asked for with the first request, and fail as that. An application goes before a managed identity, that before the account's key, and that before a signature. */
function azureLogin(
  cloud: CloudOptions,
  endpoint: string,
  secret: Secret | undefined,
  where: string,
): AzureLogin {
  const text = (key: string) => (secret === undefined ? '' : textOf(secret, key));
  const client = text('clientId');
  const application = azureApplication({
    tenant: text('tenantId'),
    client,
    secret: text('clientSecret'),
    certificate: text('clientCertificate'),
    withChain: /^(1|true)$/i.test(text('clientCertificateSendChain')),
    authority: text('authorityHost'),
  });
  if (application !== undefined)
    return {
      token: () => readingKey(() => azureApplicationToken(application, storageScope, cloud)),
    };
  if (client !== '') return { token: () => azureManagedToken(client, storageScope, cloud) };
  const key = text('accountKey');
  if (key !== '') {
    try {
      return { account: accountOf(endpoint), key };
    } catch (cause) {
      const why = `failed to create shared credential from '${where}' Secret data: ${messageOf(cause)}`;
      throw fetchFailed('AuthenticationFailed', why, cause);
    }
  }
  const signature = text('sasKey');
  if (signature !== '') return { signature: signature.replace(/^\?/, '') };
  if (secret !== undefined && text('authorityHost') === '') {
    throw invalid(
      where,
      "requires a 'clientId' or 'accountKey' field, a combination of 'tenantId', 'clientId' and 'clientSecret', or 'tenantId', 'clientId' and 'clientCertificate'",
    );
  }
  return { token: () => azureToken(storageScope, cloud) };
}

const notLoggedIn = (cause: CloudError) =>
  fetchFailed('AuthenticationFailed', cause.message, cause);

async function loggingIn<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw cause instanceof CloudError ? notLoggedIn(cause) : cause;
  }
}

/** A key that cannot be read is no failed request: the original reads it before it asks for anything. */
async function readingKey<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const isUnread = cause instanceof CloudError && cause.reason === 'BadCredentials';
    throw isUnread ? notLoggedIn(cause) : cause;
  }
}
