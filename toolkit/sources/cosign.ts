/** Signatures of cosign over OCI artifacts and charts: by keys of a Secret, or by a trusted root. */
import type { TrustedRoot } from '@sigstore/protobuf-specs';
import { asError, messageOf } from '../../lib/runtime/mod.ts';
import type { Fields } from '../runtime/mod.ts';
import { byKeys, readKey } from './cosign-keys.ts';
import type { Judge } from './cosign-keys.ts';
import { keyless, readIdentities, readTrustedRoot } from './cosign-keyless.ts';
import type { Identity } from './cosign-keyless.ts';
import { publicRoot } from './cosign-root.ts';
import { checkClaim, findSigned } from './cosign-signed.ts';
import type { Remote } from './oci-remote.ts';
import { readSecret, textOf } from './secrets.ts';
import type { Verification, VerificationDependencies, Wanted } from './verification.ts';

const trustedRootKey = 'trusted_root.json';

/** @throws Error for keys, roots or patterns that are none */
export const openCosign = (
  dependencies: VerificationDependencies,
  { namespace, verify }: Wanted,
): Promise<Omit<Verification, 'failed'>> => {
  const secretName = verify.at('secretRef').text('name');
  return secretName === undefined
    ? withoutKeys(dependencies, namespace, verify)
    : withKeys(dependencies, namespace, secretName);
};

async function withKeys(
  { kube }: VerificationDependencies,
  namespace: string,
  secretName: string,
): Promise<Omit<Verification, 'failed'>> {
  const secret = await readSecret(kube, namespace, secretName, undefined);
  const names = [...secret.data.keys()].filter((name) => name.endsWith('.pub')).sort();
  const keys = names.map((name) => readKey(textOf(secret, name), name));
  const judge = byKeys(keys);
  return {
    keys: keys.length,
    check: async (remote, digest) => {
      const { host, repository } = remote.reference;
      if ((await whyNot(remote, digest, judge)) !== undefined)
        throw new Error(`no matching signatures were found for '${host}/${repository}@${digest}'`);
      return 'verified';
    },
  };
}

async function withoutKeys(
  dependencies: VerificationDependencies,
  namespace: string,
  wanted: Fields,
): Promise<Omit<Verification, 'failed'>> {
  const rootName = wanted.at('trustedRootSecretRef').text('name');
  const root =
    rootName === undefined
      ? await publicRoot(dependencies)
      : await readTrustedRoot(await rootOf(dependencies, namespace, rootName));
  const judge = await judgeOf(root, wanted);
  return {
    keys: undefined,
    check: async (remote, digest) => {
      const why = await whyNot(remote, digest, judge);
      if (why !== undefined) throw new Error(why);
      return 'verified';
    },
  };
}

/** A pattern that is none is told of each signature, as by the original. */
async function judgeOf(root: TrustedRoot, wanted: Fields): Promise<Judge> {
  let identities: Identity[];
  try {
    identities = readIdentities(wanted.each('matchOIDCIdentity'));
  } catch (cause) {
    const failure = asError(cause);
    return () => {
      throw failure;
    };
  }
  return keyless(root, identities);
}

async function rootOf(
  { kube }: VerificationDependencies,
  namespace: string,
  name: string,
): Promise<string> {
  const where = `failed to read trusted root from secret '${namespace}/${name}'`;
  const secret = await readSecret(kube, namespace, name, where);
  if (!secret.data.has(trustedRootKey))
    throw new Error(`${where}: '${trustedRootKey}' not found in secret '${namespace}/${name}'`);
  return textOf(secret, trustedRootKey);
}

/** @returns `undefined` when one of the signatures over the digest is by somebody who may sign */
async function whyNot(remote: Remote, digest: string, judge: Judge): Promise<string | undefined> {
  const found = await findSigned(remote, digest);
  if (found.length === 0) return 'no signatures found';
  const reasons: string[] = [];
  for (const signed of found) {
    try {
      checkClaim(signed, digest);
      judge(signed);
      return undefined;
    } catch (cause) {
      reasons.push(messageOf(cause));
    }
  }
  const what = found[0]?.layout === 'bundle' ? 'attestations' : 'signatures';
  return `no matching ${what}: ${reasons.join('\n ')}`;
}
