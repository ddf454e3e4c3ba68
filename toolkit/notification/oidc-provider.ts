/** What a `generic-oidc` Receiver demands of a token: its issuer, and CEL over its claims. */
import { messageOf } from '../../lib/runtime/mod.ts';
import type { Fields } from '../runtime/mod.ts';
import { compileExpression } from '../runtime/mod.ts';
import { notGenuine } from './errors.ts';
import { bearerOf, claimedIssuer } from './id-token.ts';
import type { Claims, IdTokens } from './id-token.ts';

const variables = ['claims', 'vars'];

/** What is wrong with `oidcProviders`, beyond what the API server has checked; `undefined` when nothing is. */
export function problemOfSpec(spec: Fields): string | undefined {
  const isOidc = spec.text('type') === 'generic-oidc';
  const providers = spec.each('oidcProviders');
  if (isOidc && providers.length === 0)
    return 'generic-oidc receiver requires at least one oidcProvider';
  if (!isOidc && providers.length > 0)
    return 'oidcProviders can only be set when type is generic-oidc';
  if (isOidc && spec.has('secretRef')) return 'secretRef cannot be set when type is generic-oidc';
  if (!isOidc && !spec.has('secretRef'))
    return 'secretRef is required when type is not generic-oidc';
  const seen = new Set<string>();
  for (const [at, provider] of providers.entries()) {
    const url = provider.text('issuerURL') ?? '';
    const where = `oidcProviders[${at}]`;
    if (url === '') return `${where}: issuerURL is required`;
    if (!/^https?:\/\//.test(url))
      return `${where}: issuerURL "${url}" must start with http:// or https://`;
    if (seen.has(url)) return `${where}: duplicate issuerURL "${url}"`;
    seen.add(url);
    if (provider.each('validations').length === 0)
      return `${where} (issuerURL="${url}"): at least one validation is required; without validations any caller able to obtain a token from this issuer can trigger the Receiver`;
  }
  return undefined;
}

/** @throws Fault `InvalidCELExpression` */
export function compileProviders(spec: Fields): void {
  for (const provider of spec.each('oidcProviders')) judgeOf(provider);
}

function judgeOf(provider: Fields): (claims: Claims) => void {
  const named = provider.each('variables').map((each) => ({
    name: each.text('name') ?? '',
    value: compileExpression(each.text('expression') ?? '', variables, undefined),
  }));
  const validations = provider.each('validations').map((each) => ({
    message: each.text('message') ?? '',
    holds: compileExpression(each.text('expression') ?? '', variables, 'bool'),
  }));
  return (claims) => {
    const vars: Record<string, unknown> = {};
    for (const { name, value } of named) vars[name] = value({ claims, vars });
    const failures = validations.filter(({ holds }) => holds({ claims, vars }) !== true);
    if (failures.length > 0)
      throw notGenuine(
        `token validation failed: ${failures.map(({ message }) => message).join('; ')}`,
      );
  };
}

/** @throws NotificationError `NotGenuine` */
export async function judgeClaims(
  spec: Fields,
  authorization: string,
  idTokens: IdTokens,
): Promise<Claims> {
  const token = bearerOf(authorization);
  const issuer = claimedIssuer(token);
  const provider = spec.each('oidcProviders').find((each) => each.text('issuerURL') === issuer);
  if (provider === undefined) throw notGenuine(`no oidcProvider configured for issuer "${issuer}"`);
  const audience = provider.text('audience') ?? 'notification-controller';
  const claims = await idTokens.ofIssuer(token, issuer, audience).catch((cause: unknown) => {
    throw notGenuine(`failed to verify OIDC token: ${messageOf(cause)}`, cause);
  });
  judgeOf(provider)(claims);
  return claims;
}
