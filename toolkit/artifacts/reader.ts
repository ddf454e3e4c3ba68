/** Fetches what an artifact names: from our own disk, or from the server of whoever made it. */
import { fetch } from 'undici';
import { messageOf, retry } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import type { Artifact } from './artifact.ts';
import { digestLike } from './digest.ts';
import { ArtifactError } from './errors.ts';
import type { ArtifactStore } from './store.ts';

/** @throws ArtifactError `ArtifactMissing`, `DigestMismatch`, `ArtifactUnreachable` */
export type ReadArtifact = (artifact: Artifact, signal: AbortSignal) => Promise<Uint8Array>;

export interface ReaderOptions {
  /** Absent in a process without sources. */
  store: ArtifactStore | undefined;
  clock: Clock;
  /** Tries in all. */
  attempts: number;
  /** Of one try, in milliseconds. */
  timeoutMs: number;
}

export function createArtifactReader(options: ReaderOptions): ReadArtifact {
  return async (artifact, signal) => {
    const own = await options.store?.read(artifact);
    if (own !== undefined && digestLike(artifact.digest, own) === artifact.digest) return own;
    const data = await retry(() => download(artifact, options.timeoutMs, signal), {
      clock: options.clock,
      attempts: options.attempts,
      initialMs: 500,
      maxMs: 5000,
      signal,
      retryIf: (thrown) =>
        thrown instanceof ArtifactError && thrown.reason === 'ArtifactUnreachable',
    });
    const digest = digestLike(artifact.digest, data);
    if (digest === artifact.digest) return data;
    throw new ArtifactError(
      'DigestMismatch',
      artifact.url,
      `failed to verify artifact: computed digest doesn't match '${artifact.digest}', got '${digest}'`,
    );
  };
}

async function download(
  { url }: Artifact,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  let answer;
  try {
    answer = await fetch(url, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    if (answer.status === 200) return new Uint8Array(await answer.arrayBuffer());
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new ArtifactError(
      'ArtifactUnreachable',
      url,
      `failed to download artifact from ${url}: ${messageOf(cause)}`,
      { cause },
    );
  }
  if (answer.status === 404)
    throw new ArtifactError('ArtifactMissing', url, `artifact ${url} not found`);
  throw new ArtifactError(
    'ArtifactUnreachable',
    url,
    `failed to download artifact from ${url}, status: ${answer.status}`,
  );
}
