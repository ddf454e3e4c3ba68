/** The logs of hooks that ask to be shown (`helm.sh/hook-output-log-policy`; helm 3.19 pkg/action/hooks.go). */
import { messageOf } from '../../runtime/mod.ts';
import type { ReleaseHook } from '../storage/mod.ts';
import type { ActionContext } from './context.ts';
import { buildObjects } from './objects.ts';
import { signalOf } from './ownership.ts';
import { isMap } from './strategic-patch.ts';

/** Shows the logs of a hook's Pods, a container after the other. That they cannot be had does not fail the hook. */
export async function outputLogs(
  context: ActionContext,
  hook: ReleaseHook,
  policy: 'hook-failed' | 'hook-succeeded',
): Promise<void> {
  const { hookOutput, kube, log } = context;
  if (hookOutput === undefined || !hook.outputLogPolicies.includes(policy)) return;
  if (hook.kind !== 'Job' && hook.kind !== 'Pod') return;
  try {
    const [object] = await buildObjects(kube, hook.manifest, context.namespace);
    const namespace = object?.namespace ?? context.namespace;
    const { items } = await kube.list(
      { apiVersion: 'v1', kind: 'Pod', namespace },
      {
        ...(hook.kind === 'Job'
          ? { labelSelector: `job-name=${hook.name}` }
          : { fieldSelector: `metadata.name=${hook.name}` }),
        ...signalOf(context),
      },
    );
    for (const pod of items) {
      for (const container of containersOf(pod['spec'])) {
        const name = pod.metadata.name ?? '';
        const path = `/api/v1/namespaces/${namespace}/pods/${name}/log?container=${container}`;
        hookOutput(await kube.raw('GET', path, signalOf(context)));
      }
    }
  } catch (thrown) {
    log(`error outputting logs for hook failure: ${messageOf(thrown)}`);
  }
}

function containersOf(spec: unknown): string[] {
  const list = isMap(spec) ? spec['containers'] : undefined;
  return (Array.isArray(list) ? (list as unknown[]) : []).flatMap((container) =>
    isMap(container) && typeof container['name'] === 'string' ? [container['name']] : [],
  );
}
