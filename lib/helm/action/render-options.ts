/** How install and upgrade have their charts rendered. */
import { messageOf } from '../../runtime/mod.ts';
import { HelmError } from '../chart/mod.ts';
import type { RenderEnvironment } from '../chart/mod.ts';
import { isSystemLabel } from '../storage/system-labels.ts';
import type { RenderOptions } from './engine.ts';

export function renderOptions(
  options: RenderOptions & { dryRun?: 'client' | 'server' },
): Pick<RenderEnvironment, 'offline' | 'skipSchema' | 'enableDns' | 'compose'> {
  return {
    offline: options.dryRun === 'client',
    skipSchema: options.skipSchemaValidation ?? false,
    enableDns: options.enableDns ?? false,
    compose: {
      subNotes: options.subNotes ?? false,
      hideSecret: options.hideSecret ?? false,
      ...(options.postRenderer === undefined ? {} : { postRenderer: options.postRenderer }),
    },
  };
}

/** @throws HelmError `RenderFailed` */
export async function postRendered(
  manifest: string,
  { postRender }: Pick<RenderOptions, 'postRender'>,
): Promise<string> {
  if (postRender === undefined) return manifest;
  return postRender(manifest).catch((cause: unknown) => {
    throw new HelmError(
      'RenderFailed',
      'post-renderer',
      `error while running post render on files: ${messageOf(cause)}`,
      { cause },
    );
  });
}

/** @throws HelmError `InvalidValues` for labels that Helm keeps for itself */
export function checkLabels(release: string, labels: Readonly<Record<string, string>>): void {
  if (!Object.keys(labels).some(isSystemLabel)) return;
  throw new HelmError(
    'InvalidValues',
    release,
    'user supplied labels contains system reserved label name. System labels: [name owner status version createdAt modifiedAt]',
  );
}

/** @throws HelmError `InvalidValues`: Secrets can be hidden only from what is not applied */
export function checkHidden(options: RenderOptions & { dryRun?: unknown }): void {
  if (options.hideSecret !== true || options.dryRun !== undefined) return;
  throw new HelmError(
    'InvalidValues',
    'hide-secret',
    'Hiding Kubernetes secrets requires a dry-run mode',
  );
}
