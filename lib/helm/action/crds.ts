/** The `crds/` of a chart: created once, never changed (helm 3.19 pkg/action/install.go, installCRDs). */
import { messageOf } from '../../runtime/mod.ts';
import { crdFiles, HelmError } from '../chart/mod.ts';
import type { Chart } from '../chart/mod.ts';
import { alreadyExists, createObjects } from './apply.ts';
import type { ActionContext } from './context.ts';
import { buildObjects } from './objects.ts';
import type { ReleaseObject } from './objects.ts';
import { waitUntilReady } from './ready.ts';

const establishTimeoutMs = 60_000;

/** @throws HelmError `ApplyFailed`, `NotReady` when a kind is not served in time */
export async function installCrds(context: ActionContext, chart: Chart): Promise<void> {
  const created: ReleaseObject[] = [];
  for (const { file } of crdFiles(chart)) {
    const objects = await buildObjects(
      context.kube,
      new TextDecoder().decode(file.data),
      context.namespace,
    ).catch((cause: unknown) => {
      throw failed(file.name, cause);
    });
    if (objects.length === 0) continue;
    try {
      await createObjects(context, objects);
      created.push(...objects);
    } catch (cause) {
      if (!alreadyExists(cause)) throw failed(file.name, cause);
      context.log(`CRD ${objects[0]?.name ?? ''} is already present. Skipping.`);
    }
  }
  if (created.length === 0) return;
  await waitUntilReady(context, created, { timeoutMs: establishTimeoutMs, jobs: false });
  context.log('Clearing discovery cache');
  context.capabilities.invalidate();
}

function failed(name: string, cause: unknown): HelmError {
  return new HelmError('ApplyFailed', name, `failed to install CRD ${name}: ${messageOf(cause)}`, {
    cause,
  });
}
