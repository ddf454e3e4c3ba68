/** Passwords for Git repositories in AWS CodeCommit: signatures over the address (git-remote-codecommit). Pure but for the hash. */
import { signAwsText } from './aws-signature.ts';
import type { AwsKeys } from './aws-signature.ts';
import { CloudError } from './errors.ts';

export interface CodeCommitLogin {
  username: string;
  password: string;
  /** Milliseconds since 1970, a little before the server stops taking it. */
  until: number;
}

const lastsMs = 15 * 60_000;

/** @throws CloudError `BadCredentials` for an address of another service, in the original's words */
export function codeCommitRegion(address: string): string {
  const bad = (message: string) => new CloudError('BadCredentials', 'aws', message);
  const { protocol, host, hostname } = new URL(address);
  if (protocol !== 'https:') throw bad('AWS CodeCommit authentication requires an HTTPS Git URL');
  const region = /^git-codecommit(?:-fips)?\.([^.]+)\.(?:[^.]+\.)*amazonaws\.com(?:\.cn)?$/.exec(
    hostname,
  )?.[1];
  if (region === undefined) throw bad(`invalid AWS CodeCommit Git URL: ${host}`);
  return region;
}

/** @throws CloudError as `codeCommitRegion` */
export function codeCommitLogin(address: string, keys: AwsKeys, now: Date): CodeCommitLogin {
  const region = codeCommitRegion(address);
  const { pathname, host } = new URL(address);
  const stamp = now.toISOString().replaceAll(/[-:]|\.\d{3}Z/g, '');
  const signature = signAwsText({
    keys,
    region,
    service: 'codecommit',
    stamp,
    canonical: `GIT\n${pathname}\n\nhost:${host}\n\nhost\n`,
  });
  const { accessKeyId, sessionToken } = keys;
  return {
    username: sessionToken === undefined ? accessKeyId : `${accessKeyId}%${sessionToken}`,
    password: `${stamp}Z${signature}`,
    until: now.getTime() + lastsMs - 60_000,
  };
}
