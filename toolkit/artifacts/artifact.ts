/** `status.artifact`: which file a source has come to. Pure. */
import { Fields } from '../runtime/mod.ts';

export interface Artifact {
  /** Below the storage's root. */
  path: string;
  url: string;
  revision: string;
  /** `sha256:<hex>` of the file, or by another algorithm. */
  digest: string;
  /** RFC 3339. */
  lastUpdateTime: string;
  /** In bytes. */
  size?: number;
  metadata?: Record<string, string>;
}

export function readArtifact(value: unknown): Artifact | undefined {
  const fields = new Fields(value);
  const [path, url] = [fields.text('path'), fields.text('url')];
  if (path === undefined || url === undefined) return undefined;
  const size = fields.count('size');
  const checksum = fields.text('checksum');
  return {
    path,
    url,
    revision: fields.text('revision') ?? '',
    digest: fields.text('digest') ?? (checksum === undefined ? '' : `sha256:${checksum}`),
    lastUpdateTime: fields.text('lastUpdateTime') ?? '',
    ...(size === undefined ? {} : { size }),
    ...(fields.has('metadata') ? { metadata: fields.textMap('metadata') } : {}),
  };
}

/** `digest` and `revision` of an older form are told apart by their colon. */
export function sameArtifact(a: Artifact | undefined, b: Artifact | undefined): boolean {
  return a?.digest === b?.digest && a?.revision === b?.revision;
}
