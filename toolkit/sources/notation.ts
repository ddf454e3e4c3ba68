/** Signatures of Notation over OCI artifacts and charts, by the trust policy and the certificates of a Secret. */
import { fetch } from 'undici';
import type { AskServer, Findings, TrustPolicy } from '../../lib/notation/mod.ts';
import { messageOf, readUpTo } from '../../lib/runtime/mod.ts';
import { findReferrers, fieldsOf, readDescribed } from './referrers.ts';
import { describeManifest } from './oci-remote.ts';
import type { Remote } from './oci-remote.ts';
import type { Fields } from '../runtime/mod.ts';
import { readSecret, textOf } from './secrets.ts';
import type { Verdict, Verification, VerificationDependencies, Wanted } from './verification.ts';

const policyKey = 'trustpolicy.json';
const signatureType = 'application/vnd.cncf.notary.signature';
/** As the original asks of its library. */
const mostSignatures = 3;
const mostManifestBytes = 4 * 1024 * 1024;
const mostBlobBytes = 32 * 1024 * 1024;

/** @throws Error without a Secret, without certificates, or for a trust policy that is none */
export async function openNotation(
  dependencies: VerificationDependencies,
  { namespace, verify, subject }: Wanted,
): Promise<Omit<Verification, 'failed'>> {
  const name = verify.at('secretRef').text('name');
  if (name === undefined) throw new Error(`verification secret cannot be empty: '${subject}'`);
  const secret = await readSecret(dependencies.kube, namespace, name, undefined);
  const where = `secret '${namespace}/${name}'`;
  if (!secret.data.has(policyKey)) throw new Error(`'${policyKey}' not found in ${where}`);
  let document: unknown;
  try {
    document = JSON.parse(textOf(secret, policyKey));
  } catch (cause) {
    throw new Error(`error occurred while parsing ${policyKey}: ${messageOf(cause)}`, { cause });
  }
  const certificates = [...secret.data]
    .filter(([key]) => key.endsWith('.crt') || key.endsWith('.pem'))
    .map(([, data]) => data);
  if (certificates.length === 0) throw new Error(`no certificates found in ${where}`);
  const { readTrustPolicies } = await import('../../lib/notation/mod.ts');
  const policies = readTrustPolicies(document);
  return {
    keys: undefined,
    check: (remote, digest) => checkArtifact(dependencies, policies, certificates, remote, digest),
  };
}

async function checkArtifact(
  dependencies: VerificationDependencies,
  policies: readonly TrustPolicy[],
  certificates: readonly Uint8Array[],
  remote: Remote,
  digest: string,
): Promise<Verdict> {
  const { policyFor, verifySignature } = await import('../../lib/notation/mod.ts');
  const artifact = `${nameOf(remote)}@${digest}`;
  const policy = policyFor(policies, artifact);
  if (policy.level.name === 'skip') return 'ignored';
  const target = await describeManifest(remote, digest);
  const found = await findReferrers(remote, digest, signatureType);
  if (found.length === 0)
    throw new Error(
      `no signature is associated with "${artifact}", make sure the artifact was signed successfully`,
    );
  const reasons = ['signature verification failed'];
  for (const descriptor of found.slice(0, mostSignatures)) {
    const signature = await readSignature(remote, descriptor, artifact);
    try {
      const findings = await verifySignature(
        signature,
        target,
        { policy, certificates },
        { now: () => dependencies.clock.now(), ask: askServer },
      );
      return conclude(dependencies, findings, remote);
    } catch (cause) {
      const signed = descriptor.text('digest') ?? '';
      reasons.push(`failed to verify signature with digest ${signed}, ${messageOf(cause)}`);
    }
  }
  if (found.length >= mostSignatures)
    throw new Error(
      `signature evaluation stopped. The configured limit of ${mostSignatures} signatures to verify per artifact exceeded`,
    );
  throw new Error(reasons.join('\n'));
}

/** What did not hold and does not matter to the policy is told to the log. */
function conclude({ log }: VerificationDependencies, findings: Findings, remote: Remote): Verdict {
  const url = nameOf(remote);
  for (const [check, why] of findings)
    log(`verification check for type '${check}' failed for '${url}' with message: '${why}'`);
  return findings.has('authenticity') ? 'ignored' : 'verified';
}

/** As trust policies name it: Docker Hub by its older name. */
function nameOf({ reference: { host, repository } }: Remote): string {
  if (host !== 'docker.io' && host !== 'index.docker.io') return `${host}/${repository}`;
  return `index.docker.io/${repository.includes('/') ? '' : 'library/'}${repository}`;
}

/** @returns the envelope, and which kind it is of */
async function readSignature(
  remote: Remote,
  descriptor: Fields,
  artifact: string,
): Promise<{ mediaType: string; data: Uint8Array }> {
  try {
    const type = descriptor.text('mediaType') ?? '';
    const field = layersOf[type];
    if (field === undefined)
      throw new Error(
        `sigManifestDesc.MediaType requires ${Object.keys(layersOf)
          .map((each) => `"${each}"`)
          .join(' or ')}, got "${type}"`,
      );
    const manifestSize = descriptor.count('size') ?? 0;
    if (manifestSize > mostManifestBytes)
      throw new Error(`signature manifest too large: ${manifestSize} bytes`);
    const manifest = fieldsOf(await readDescribed(remote, 'manifests', descriptor));
    const blobs = manifest.each(field);
    const [blob] = blobs;
    if (blob === undefined || blobs.length !== 1)
      // The word is the original's.
      throw new Error(
        `signature manifest requries exactly one signature envelope blob, got ${blobs.length}`,
      );
    const size = blob.count('size') ?? 0;
    if (size > mostBlobBytes) throw new Error(`signature blob too large: ${size} bytes`);
    const data = await readDescribed(remote, 'blobs', blob);
    return { mediaType: blob.text('mediaType') ?? '', data };
  } catch (cause) {
    const signed = descriptor.text('digest') ?? '';
    throw new Error(
      `unable to retrieve digital signature with digest "${signed}" associated with "${artifact}" from the Repository, error : ${messageOf(cause)}`,
      { cause },
    );
  }
}

/** Where manifests have their blobs. */
const layersOf: Readonly<Record<string, string>> = {
  'application/vnd.oci.artifact.manifest.v1+json': 'blobs',
  'application/vnd.oci.image.manifest.v1+json': 'layers',
};

/** Servers that say whether a certificate was taken back; nothing secret is sent to them. */
const askServer: AskServer = async ({ url, body, timeoutMs, maxBytes }) => {
  const answer = await fetch(url, {
    signal: AbortSignal.timeout(timeoutMs),
    ...(body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': body.type }, body: body.data }),
  });
  if (answer.status !== 200) {
    await answer.body?.cancel();
    throw new Error(`response had status code ${answer.status}`);
  }
  const content = await readUpTo(answer.body, maxBytes);
  if (content === undefined) throw new Error(`the answer exceeds ${maxBytes} bytes`);
  return content;
};
