/** Artifacts as files in memory: unpacked once for each digest, however many Kustomizations share it. */
import { readTarball } from '../artifacts/mod.ts';
import type { Artifact, ReadArtifact } from '../artifacts/mod.ts';

export interface ArtifactFiles {
  /** Content by path; not to be changed. @throws ArtifactError */
  load(artifact: Artifact, signal: AbortSignal): Promise<ReadonlyMap<string, Uint8Array>>;
}

/** Artifacts kept, the ones used last. */
const kept = 8;
/** Of all files of one artifact. */
const mostBytes = 256 * 1024 * 1024;

export function createArtifactFiles(read: ReadArtifact): ArtifactFiles {
  const known = new Map<string, Promise<ReadonlyMap<string, Uint8Array>>>();
  const fetch = async (artifact: Artifact, signal: AbortSignal) =>
    readTarball(await read(artifact, signal), { maxBytes: mostBytes });
  return {
    load: (artifact, signal) => {
      const { digest } = artifact;
      const files = known.get(digest) ?? fetch(artifact, signal);
      known.delete(digest);
      known.set(digest, files);
      for (const old of known.keys()) {
        if (known.size <= kept) break;
        known.delete(old);
      }
      files.catch(() => {
        if (known.get(digest) === files) known.delete(digest);
      });
      return files;
    },
  };
}
