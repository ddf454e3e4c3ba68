/** Access tokens of Google: of the instance, or for a key file. */
import { CloudError } from './errors.ts';
import { googleAccountToken } from './google-account.ts';
import { metadataQuestion, tokenFrom } from './google-answers.ts';
import { getJson, parseObject, postForm, textOf } from './http-json.ts';
import { signedJwt } from './jwt.ts';
import type { CloudOptions, CloudToken } from './types.ts';

export const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform';

/**
 * An account's where there is one, the key file that `GOOGLE_APPLICATION_CREDENTIALS` names, else the identity of the instance or pod.
 *
 * @throws CloudError
 */
export async function googleToken(
  options: CloudOptions,
  scope = cloudPlatform,
): Promise<CloudToken> {
  if (options.account !== undefined) return googleAccountToken(options.account, options);
  const file = options.env['GOOGLE_APPLICATION_CREDENTIALS'];
  if (file) return googleKeyToken(await options.readFile(file), options, scope);
  const path = 'instance/service-accounts/default/token';
  return given(await getJson(...metadataQuestion(options.env, path)), options);
}

/**
 * @param text a key file in JSON: of a service account, or of a user
 * @throws CloudError `BadCredentials` for another file
 */
export async function googleKeyToken(
  text: string,
  options: Pick<CloudOptions, 'clock' | 'proxy'>,
  scope = cloudPlatform,
): Promise<CloudToken> {
  const file = parseObject(text);
  const wrong = (why: string, cause?: unknown) =>
    new CloudError('BadCredentials', 'google', `the credentials of Google ${why}`, { cause });
  if (file === undefined) throw wrong('are no JSON object');
  const field = (name: string) => {
    const value = textOf(file[name]);
    if (value === undefined) throw wrong(`have no ${name}`);
    return value;
  };
  const url = textOf(file['token_uri']) ?? 'https://oauth2.googleapis.com/token';
  const type = textOf(file['type']);
  if (type === 'authorized_user') {
    const form = {
      grant_type: 'refresh_token',
      client_id: field('client_id'),
      client_secret: field('client_secret'),
      refresh_token: field('refresh_token'),
    };
    return given(await postForm(url, form, 'Google', options.proxy), options);
  }
  if (type !== 'service_account')
    throw wrong(`are of the type '${type ?? ''}', not service_account`);
  const seconds = Math.floor(options.clock.now().getTime() / 1000);
  const claims = { iss: field('client_email'), scope, aud: url, iat: seconds, exp: seconds + 3600 };
  const key = field('private_key');
  let assertion: string;
  try {
    assertion = signedJwt(claims, key, { kid: textOf(file['private_key_id']) });
  } catch (cause) {
    throw wrong('have a private_key that is none', cause);
  }
  const form = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion };
  return given(await postForm(url, form, 'Google', options.proxy), options);
}

/** Two minutes, where it is not said how long. */
const given = (
  answer: Readonly<Record<string, unknown>>,
  { clock }: Pick<CloudOptions, 'clock'>,
): CloudToken => tokenFrom(answer, 120, clock);
