/** A release that shall lie elsewhere, or have another name: the one that is there is taken away first. */
import type { Draft } from '../runtime/mod.ts';
import { uninstall } from './other-actions.ts';
import { latestOf } from './request.ts';
import type { HelmReleaseSpec } from './spec.ts';

/** What makes the release another one: it was stored, or lies, elsewhere, or has another name. */
export function targetChange(
  draft: Draft,
  spec: HelmReleaseSpec,
  chartName: string,
): { storageNamespace: string; why: string } | undefined {
  const latest = latestOf({ draft });
  const storage = draft.status['storageNamespace'];
  if (latest === undefined || typeof storage !== 'string' || storage === '') return undefined;
  const why =
    spec.storageNamespace !== storage
      ? 'storage namespace'
      : spec.releaseNamespace !== latest.namespace
        ? 'release namespace'
        : spec.releaseName !== latest.name
          ? 'release name'
          : chartName !== latest.chartName && !spec.upgrade.inPlaceChartName
            ? 'chart name'
            : undefined;
  return why === undefined ? undefined : { storageNamespace: storage, why };
}

export async function uninstallMoved(
  request: Parameters<typeof uninstall>[0],
  { storageNamespace }: { storageNamespace: string },
): Promise<void> {
  const latest = latestOf(request);
  if (latest === undefined) return;
  const { name, namespace } = latest;
  await uninstall(request, { releaseName: name, namespace, storageNamespace });
}
