/** `trustpolicy.json`, version 1.0: which signatures count for which repositories (notaryproject specifications, trust-store-trust-policy). */
import { isRecord, messageOf } from '../runtime/mod.ts';
import { isPartOf, parseDistinguishedName } from './distinguished-name.ts';
import { NotationError } from './errors.ts';
import { quote } from './quote.ts';
import { checkScope, checkScopes } from './registry-scope.ts';
import { readLevel } from './verification-level.ts';
import type { VerificationLevel } from './verification-level.ts';

export interface TrustPolicy {
  name: string;
  registryScopes: readonly string[];
  level: VerificationLevel;
  /** When a timestamp counts, with a store of its authorities: `''` is `always`. */
  verifyTimestamp: '' | 'always' | 'afterCertExpiry';
  /** `ca:…`, `signingAuthority:…`, `tsa:…`. */
  trustStores: readonly string[];
  /** `x509.subject: …`, or `*` alone. */
  trustedIdentities: readonly string[];
}

export const anybody = '*';
const storeTypes = ['ca', 'signingAuthority', 'tsa'] as const;
export type StoreType = (typeof storeTypes)[number];
const timestampOptions = ['', 'always', 'afterCertExpiry'] as const;
const help = 'https://notaryproject.dev/docs/quickstart/#create-a-trust-policy';

const invalid = (message: string, cause?: unknown) =>
  new NotationError('InvalidTrustPolicy', message, { cause });

/**
 * With the level `skip`, stores and identities that are there all the same are passed over, as by source-controller.
 *
 * @throws NotationError `InvalidTrustPolicy`
 */
export function readTrustPolicies(document: unknown): TrustPolicy[] {
  const fields = isRecord(document) ? document : {};
  const version = textIn(fields, 'version');
  if (version === '')
    throw invalid('trust policy document has empty version, version must be specified');
  if (version !== '1.0')
    throw invalid(`trust policy document uses unsupported version ${quote(version)}`);
  const statements = listIn(fields, 'trustPolicies');
  if (statements.length === 0)
    throw invalid('trust policy document can not have zero trust policy statements');
  const policies: TrustPolicy[] = [];
  for (const statement of statements) {
    const name = textIn(isRecord(statement) ? statement : {}, 'name');
    if (policies.some((each) => each.name === name))
      throw invalid(
        `multiple trust policy statements use the same name ${quote(name)}, statement names must be unique`,
      );
    try {
      policies.push(readStatement(name, isRecord(statement) ? statement : {}));
    } catch (cause) {
      throw invalid(`trust policy: ${messageOf(cause)}`, cause);
    }
  }
  checkScopes(policies);
  return policies;
}

/**
 * The one that names the repository goes before that of all.
 *
 * @param artifact `host/path@digest`
 * @throws NotationError `NoApplicableTrustPolicy`
 */
export function policyFor(policies: readonly TrustPolicy[], artifact: string): TrustPolicy {
  const repository = artifact.slice(0, artifact.lastIndexOf('@'));
  const none = (message: string, cause?: unknown) =>
    new NotationError('NoApplicableTrustPolicy', message, { cause });
  try {
    checkScope(repository);
  } catch (cause) {
    throw none(messageOf(cause), cause);
  }
  const found =
    policies.findLast(({ registryScopes }) => registryScopes.includes(repository)) ??
    policies.findLast(({ registryScopes }) => registryScopes.includes(anybody));
  if (found !== undefined) return found;
  throw none(
    `artifact ${quote(artifact)} has no applicable trust policy statement. Trust policy applicability for a given artifact is determined by registryScopes. To create a trust policy, see: ${help}`,
  );
}

/** Whether a policy has a store of this type. */
export const hasStore = ({ trustStores }: TrustPolicy, type: StoreType): boolean =>
  trustStores.some((store) => store.startsWith(`${type}:`));

function readStatement(name: string, fields: Readonly<Record<string, unknown>>): TrustPolicy {
  if (name === '')
    throw invalid('a trust policy statement is missing a name, every statement requires a name');
  const statement = `trust policy statement ${quote(name)}`;
  const verification = fields['signatureVerification'];
  const asked = isRecord(verification) ? verification : {};
  let level: VerificationLevel;
  try {
    level = readLevel(textIn(asked, 'level'), asked['override']);
  } catch (cause) {
    throw invalid(`${statement} has invalid signatureVerification: ${messageOf(cause)}`, cause);
  }
  const when = textIn(asked, 'verifyTimestamp');
  const verifyTimestamp = timestampOptions.find((each) => each === when);
  if (verifyTimestamp === undefined)
    throw invalid(
      `${statement} has invalid signatureVerification: verifyTimestamp must be "always" or "afterCertExpiry", but got ${quote(when)}`,
    );
  const isSkipped = level.name === 'skip';
  const trustStores = isSkipped ? [] : textsIn(fields, 'trustStores');
  const trustedIdentities = isSkipped ? [] : textsIn(fields, 'trustedIdentities');
  if (!isSkipped) {
    if (trustStores.length === 0 || trustedIdentities.length === 0)
      throw invalid(
        `${statement} is either missing trust stores or trusted identities, both must be specified`,
      );
    checkStores(statement, trustStores);
    checkIdentities(statement, trustedIdentities);
  }
  const registryScopes = textsIn(fields, 'registryScopes');
  return { name, registryScopes, level, verifyTimestamp, trustStores, trustedIdentities };
}

function checkStores(statement: string, stores: readonly string[]): void {
  for (const store of stores) {
    const [type = '', name] = cut(store);
    const value = `in trust store value ${quote(store)}`;
    if (name === undefined)
      throw invalid(
        `${statement} has malformed trust store value ${quote(store)}. The required format is <TrustStoreType>:<TrustStoreName>`,
      );
    if (!storeTypes.some((each) => each === type))
      throw invalid(`${statement} uses an unsupported trust store type ${quote(type)} ${value}`);
    if (!/^[a-zA-Z0-9_.-]+$/.test(name))
      throw invalid(
        `${statement} uses an unsupported trust store name ${quote(name)} ${value}. Named store name needs to follow [a-zA-Z0-9_.-]+ format`,
      );
  }
}

function checkIdentities(statement: string, identities: readonly string[]): void {
  if (identities.length > 1 && identities.includes(anybody))
    throw invalid(
      `${statement} uses a wildcard trusted identity '*', a wildcard identity cannot be used in conjunction with other values`,
    );
  const names = identities.flatMap((identity) => {
    if (identity === '') throw invalid(`${statement} has an empty trusted identity`);
    if (identity === anybody) return [];
    const [prefix, value] = cut(identity);
    const trusted = `${statement} has trusted identity ${quote(identity)}`;
    if (value === undefined) throw invalid(`${trusted} missing separator`);
    if (prefix !== 'x509.subject') return [];
    if (value === '') throw invalid(`${trusted} without an identity value`);
    try {
      return [{ identity, name: parseDistinguishedName(value) }];
    } catch (cause) {
      throw invalid(`${trusted} with invalid identity value: ${messageOf(cause)}`, cause);
    }
  });
  for (const one of names)
    for (const other of names)
      if (one !== other && isPartOf(one.name, other.name))
        throw invalid(
          `${statement} has overlapping x509 trustedIdentities, ${quote(one.identity)} overlaps with ${quote(other.identity)}`,
        );
}

/** At the first colon. */
export function cut(text: string): [before: string, after: string | undefined] {
  const at = text.indexOf(':');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

type Json = Readonly<Record<string, unknown>>;

function textIn(fields: Json, key: string): string {
  const value = fields[key] ?? '';
  if (typeof value === 'string') return value;
  throw invalid(`json: ${quote(key)} has to be a text`);
}

function listIn(fields: Json, key: string): unknown[] {
  const value = fields[key] ?? [];
  if (Array.isArray(value)) return value;
  throw invalid(`json: ${quote(key)} has to be a list`);
}

const textsIn = (fields: Json, key: string): string[] =>
  listIn(fields, key).map((each) => {
    if (typeof each === 'string') return each;
    throw invalid(`json: ${quote(key)} has to be a list of texts`);
  });
