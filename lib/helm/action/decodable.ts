/** Whether the server can make sense of objects at all, found out before anything is stored or changed. */
import { KubeError } from '../../kube/mod.ts';
import { inParallel, messageOf } from '../../runtime/mod.ts';
import { HelmError } from '../chart/mod.ts';
import type { ActionContext } from './context.ts';
import { sameObject } from './objects.ts';
import type { ReleaseObject } from './objects.ts';
import { signalOf } from './ownership.ts';
import { sameJson } from './strategic-patch.ts';

const parallel = 8;

/**
 * Has the server read each object that is new or changed, as Helm 3.7 had its OpenAPI schema read them: a word where a
 * number belongs is refused here. What only the live object decides (immutable fields, quotas) is no business of this.
 *
 * @throws HelmError `InvalidManifest`
 */
export async function refuseUndecodable(
  context: ActionContext,
  before: readonly ReleaseObject[],
  after: readonly ReleaseObject[],
): Promise<void> {
  const changed = after.filter((each) => {
    const old = before.find((other) => sameObject(other, each));
    return old === undefined || !sameJson(old.object, each.object);
  });
  const problems = await inParallel(changed, parallel, async ({ object, name, kind }) => {
    try {
      // What exists already is refused only after it was read.
      await context.kube.create(object, { dryRun: true, ...signalOf(context) });
      return [];
    } catch (thrown) {
      if (!(thrown instanceof KubeError)) throw thrown;
      return thrown.reason === 'BadRequest' ? [`${kind} "${name}": ${messageOf(thrown)}`] : [];
    }
  });
  const [problem] = problems.flat();
  if (problem === undefined) return;
  throw new HelmError(
    'InvalidManifest',
    'manifest',
    `unable to build kubernetes objects from new release manifest: error validating data: ${problem}`,
  );
}
