/** What a registry asks for when it refuses (Docker Registry v2 token authentication). Pure. */
import { isRecord } from '../runtime/mod.ts';
import type { RegistryCredentials } from './types.ts';

export const asksForBasic = (challenge: string): boolean => /^basic\b/i.test(challenge);

export const basicHeader = ({
  username,
  password,
}: Pick<RegistryCredentials, 'username' | 'password'>): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/**
 * Where a token is to be had.
 *
 * @param challenge value of `www-authenticate`
 * @param wanted for no repository in particular when it is ''
 * @returns `undefined` when the challenge names no such place
 */
export function tokenUrl(
  challenge: string,
  { repository, access }: { repository: string; access: 'pull' | 'pull,push' },
): URL | undefined {
  const parameters = new Map(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
  );
  const realm = parameters.get('realm');
  if (realm === undefined || !URL.canParse(realm)) return undefined;
  const url = new URL(realm);
  const service = parameters.get('service');
  if (service !== undefined) url.searchParams.set('service', service);
  if (repository !== '') url.searchParams.set('scope', `repository:${repository}:${access}`);
  return url;
}

/** @returns the value for `authorization` that an answer of that place holds */
export function bearerHeader(answer: unknown): string | undefined {
  if (!isRecord(answer)) return undefined;
  const token = answer['token'] ?? answer['access_token'];
  return typeof token === 'string' && token !== '' ? `Bearer ${token}` : undefined;
}
