/** A proxy that a Secret names, as `proxySecretRef` has it. */
import { fetchFailed } from './failure.ts';
import { textOf } from './secrets.ts';
import type { Secret } from './secrets.ts';

/** @returns with user name and password. @throws SourceFailure `AuthenticationFailed` */
export function proxyUrl(secret: Secret): string {
  const failed = (why: string) =>
    fetchFailed('AuthenticationFailed', `failed to configure proxy options: ${why}`);
  const address = textOf(secret, 'address');
  if (address === '') throw failed("required field 'address' is missing");
  if (!URL.canParse(address)) throw failed("'address' is no URL");
  const url = new URL(address);
  url.username = encodeURIComponent(textOf(secret, 'username'));
  url.password = encodeURIComponent(textOf(secret, 'password'));
  return url.href;
}
