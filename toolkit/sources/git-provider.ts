/** Logging in to a Git server by `spec.provider` (spec §2.4, source-controller getAuthOpts). */
import { createHash } from 'node:crypto';
import { fetch } from 'undici';
import type { Dispatcher } from 'undici';
import {
  askerOf,
  awsKeys,
  azureDevOpsScope,
  azureToken,
  CloudError,
  codeCommitLogin,
  codeCommitRegion,
  githubInstallationToken,
  readGithubApp,
} from '../../lib/cloud/mod.ts';
import type { AskGithub, CloudOptions, Ending, Kept } from '../../lib/cloud/mod.ts';
import { createDispatcher } from '../../lib/http/mod.ts';
import { isRecord, messageOf } from '../../lib/runtime/mod.ts';
import type { CloudIdentities, Fields } from '../runtime/mod.ts';
import { identityOf } from './cloud-login.ts';
import { fetchFailed, fetchStalled } from './failure.ts';
import { textOf } from './secrets.ts';
import type { Secret } from './secrets.ts';

export type GitLogin = { username: string; password: string } | { bearer: string };

/** A login, and when it ends. */
export interface KeptGitLogin extends Ending {
  login: GitLogin;
}

export interface GitProviderOptions {
  cloud: CloudOptions;
  identities: CloudIdentities;
  namespace: string;
  gitLogins: Kept<KeptGitLogin>;
  spec: Fields;
  secret: Secret | undefined;
  /** `namespace/name` of the Secret. */
  where: string;
  /** From `proxySecretRef`; may hold credentials. */
  proxy: string | undefined;
}

/**
 * @returns `undefined` for `generic`: what the Secret says holds
 * @throws SourceFailure `InvalidProviderConfiguration`, `FeatureGateDisabled`, `AuthenticationFailed`
 */
export async function gitProviderLogin(options: GitProviderOptions): Promise<GitLogin | undefined> {
  const { spec, secret, where } = options;
  const provider = spec.text('provider') ?? 'generic';
  const isApp = secret?.data.has('githubAppID') === true;
  switch (provider) {
    case 'generic':
      if (!isApp) return undefined;
      throw fetchFailed(
        'InvalidProviderConfiguration',
        `secretRef '${where}' has github app data but provider is not set to github`,
      );
    case 'github': {
      const message =
        'secretRef with github app data must be specified when provider is set to github';
      if (secret === undefined) throw fetchStalled('InvalidProviderConfiguration', message);
      if (!isApp) throw fetchFailed('InvalidProviderConfiguration', message);
      return loggingIn(() => ofGithubApp(options, secret));
    }
    case 'azure':
    case 'aws': {
      const as = identityOf(options, options, options.proxy, 'Git repository');
      return loggingIn(() => (provider === 'azure' ? ofAzure(options, as) : ofAws(options, as)));
    }
    default:
      throw fetchStalled('InvalidProviderConfiguration', `unsupported provider '${provider}'`);
  }
}

async function loggingIn(work: () => Promise<KeptGitLogin>): Promise<GitLogin> {
  try {
    return (await work()).login;
  } catch (cause) {
    throw fetchFailed(
      'AuthenticationFailed',
      `failed to configure authentication options: ${messageOf(cause)}`,
      cause,
    );
  }
}

const ofAzure = async (
  { gitLogins }: GitProviderOptions,
  as: CloudOptions,
): Promise<KeptGitLogin> =>
  gitLogins(`azure ${await askerOf(as)}`, async () => {
    const { token, until } = await azureToken(azureDevOpsScope, as);
    return { login: { bearer: token }, until };
  });

async function ofAws(
  { gitLogins, spec }: GitProviderOptions,
  as: CloudOptions,
): Promise<KeptGitLogin> {
  const url = spec.text('url') ?? '';
  const region = codeCommitRegion(url);
  return gitLogins(`aws ${url} ${await askerOf(as)}`, async () => {
    const keys = await awsKeys(region, as);
    const { until, ...login } = codeCommitLogin(url, keys, as.clock.now());
    return { login, until };
  });
}

async function ofGithubApp(
  { cloud, gitLogins, proxy }: GitProviderOptions,
  secret: Secret,
): Promise<KeptGitLogin> {
  const app = readGithubApp((key) => secret.data.get(key)?.toString('utf8'));
  const key = `github ${createHash('sha256').update(JSON.stringify(app)).digest('hex')}`;
  return gitLogins(key, async () => {
    const dispatcher = createDispatcher({ proxy, tls: tlsOf(secret) });
    try {
      const ask: AskGithub = (question) => askGithub(question, dispatcher);
      const { token, until } = await githubInstallationToken(app, ask, cloud.clock.now());
      return { login: { username: 'x-access-token', password: token }, until };
    } finally {
      await dispatcher.destroy();
    }
  });
}

function tlsOf(secret: Secret): { ca?: string; cert?: string; key?: string } {
  const ca = textOf(secret, 'ca.crt') || textOf(secret, 'caFile');
  const [cert, key] = [textOf(secret, 'tls.crt'), textOf(secret, 'tls.key')];
  return { ...(ca === '' ? {} : { ca }), ...(cert === '' || key === '' ? {} : { cert, key }) };
}

const timeoutMs = 30_000;

async function askGithub(
  { method, url, headers }: Parameters<AskGithub>[0],
  dispatcher: Dispatcher,
): Promise<Record<string, unknown>> {
  const signal = AbortSignal.timeout(timeoutMs);
  const answer = await fetch(url, { method, headers, dispatcher, signal });
  const text = await answer.text();
  if (!answer.ok)
    throw new CloudError(
      'Unauthorized',
      'github',
      `${method} ${url}: ${answer.status} ${text.slice(0, 200)}`,
    );
  const value: unknown = JSON.parse(text);
  return isRecord(value) ? value : {};
}
