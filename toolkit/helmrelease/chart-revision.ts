/** Charts from an OCIRepository or an ExternalArtifact: their version gets the digest, so that a tag that moves is another chart. Pure. */
import type { Chart } from '../../lib/helm/chart/mod.ts';
import { compareVersions, parseVersion } from '../../lib/policy/mod.ts';

/** Whether the revision of a source tells of its content. */
export const hasRevisionDigest = (kind: string, revision: string): boolean =>
  kind === 'OCIRepository' || (kind === 'ExternalArtifact' && revision.includes(':'));

/**
 * @param revision `<tag>@sha256:<hex>` or `sha256:<hex>`
 * @param isTracked whether the digest goes into the version
 * @returns the chart, and the digest as the status notes it
 * @throws Error when the tag is another version than the chart's
 */
export function withRevision(
  chart: Chart,
  revision: string,
  isTracked = true,
): { chart: Chart; digest: string } {
  const { version } = chart.metadata;
  const parsed = parseVersion(version);
  if (parsed === undefined) throw new Error(`invalid chart version ${version}`);
  const [tag = '', digest] = revision.split('@');
  const tagVersion = digest === undefined ? undefined : parseVersion(tag.replaceAll('_', '+'));
  if (tagVersion !== undefined && compareVersions(tagVersion, parsed) !== 0)
    throw new Error(`artifact revision ${tag} does not match chart version ${version}`);
  const hex = /sha\d+:([0-9a-f]{12})/.exec(revision)?.[1];
  if (hex === undefined) throw new Error(`invalid digest in artifact revision ${revision}`);
  return {
    chart: isTracked
      ? {
          ...chart,
          metadata: { ...chart.metadata, version: `${version.replace(/\+.*$/, '')}+${hex}` },
        }
      : chart,
    digest: tagVersion === undefined || digest === undefined ? revision : digest,
  };
}
