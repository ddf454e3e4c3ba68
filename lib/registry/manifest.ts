/** Manifests and image configs, read as far as the programs ask (Docker schema 1 and 2, OCI). Pure. */
import { parseJson, textOf, textsOf } from './json.ts';
import { isRecord } from '../runtime/mod.ts';

export type Manifest =
  | { kind: 'index'; children: readonly Child[]; annotations: Record<string, string> }
  | { kind: 'image'; configDigest: string; annotations: Record<string, string> }
  /** Docker schema 1: the newest layer's config is written in the manifest itself. */
  | { kind: 'schema1'; config: ImageConfig };

export interface Child {
  digest: string;
  os: string;
  architecture: string;
}

export interface ImageConfig {
  /** RFC 3339. */
  created: string | undefined;
  labels: Record<string, string>;
}

export const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
].join(', ');

/** @returns `undefined` for anything that is no manifest of an image */
export function readManifest(text: string): Manifest | undefined {
  const given = parseJson(text);
  if (!isRecord(given)) return undefined;
  const annotations = textsOf(given.annotations);
  if (Array.isArray(given.manifests)) {
    const children = given.manifests.filter(isRecord).flatMap((child): Child[] => {
      const platform = isRecord(child.platform) ? child.platform : {};
      const digest = textOf(child.digest);
      return digest === undefined
        ? []
        : [
            {
              digest,
              os: textOf(platform.os) ?? '',
              architecture: textOf(platform.architecture) ?? '',
            },
          ];
    });
    return { kind: 'index', children, annotations };
  }
  const configDigest = isRecord(given.config) ? textOf(given.config.digest) : undefined;
  if (configDigest !== undefined) return { kind: 'image', configDigest, annotations };
  const newest: unknown = Array.isArray(given.history) ? given.history[0] : undefined;
  const history = isRecord(newest) ? textOf(newest.v1Compatibility) : undefined;
  const config = history === undefined ? undefined : readConfig(history);
  return config === undefined ? undefined : { kind: 'schema1', config };
}

/** linux/amd64, else the first that runs on some machine (attestations do not). */
export function choosePlatform(children: readonly Child[]): Child | undefined {
  const runnable = children.filter(({ os }) => os !== 'unknown');
  return (
    runnable.find(({ os, architecture }) => os === 'linux' && architecture === 'amd64') ??
    runnable[0]
  );
}

/** Builders of today write labels to `config`, old ones to `container_config`. */
export function readConfig(text: string): ImageConfig | undefined {
  const given = parseJson(text);
  if (!isRecord(given)) return undefined;
  const labelsOf = (part: unknown) => (isRecord(part) ? textsOf(part.Labels) : {});
  return {
    created: textOf(given.created),
    labels: { ...labelsOf(given.container_config), ...labelsOf(given.config) },
  };
}
