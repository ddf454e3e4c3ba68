/** Objects applied by the server (helm 4.2 pkg/kube/client.go, pkg/action). */
import { KubeError } from '../../kube/mod.ts';
import { parseApiVersion, unitedManagers } from '../../objects/mod.ts';
import type { KubeObject } from '../../objects/mod.ts';
import { messageOf } from '../../runtime/mod.ts';
import { HelmError } from '../chart/mod.ts';
import type { ApplyMethod } from '../storage/mod.ts';
import type { ActionContext } from './context.ts';
import type { ReleaseObject } from './objects.ts';
import { signalOf } from './ownership.ts';

/** How an operation has its objects applied by the server. */
export interface ServerSide {
  /** What is applied is owned by this one. */
  manager: string;
  /** Fields that patches have written become applied ones first; otherwise those that leave the chart would stay. */
  takesOver: boolean;
}

/** `auto`: as the revision before. */
export type ServerSideApply = boolean | 'auto';

/** Managers whose patches an operation takes over, beside its own manager. */
const patching = ['helm'];

const writing = { fieldValidation: 'Strict' } as const;

/**
 * What an option means for a revision.
 *
 * @param before of the revision that `auto` goes by
 * @returns parts of a context and of a release
 */
export function applyMethodOf(
  { applyManager: manager }: Pick<ActionContext, 'applyManager'>,
  option: ServerSideApply | undefined,
  before: ApplyMethod | undefined,
  takesOver: boolean,
): { acting: Pick<ActionContext, 'serverSide'>; noted: { applyMethod?: ApplyMethod } } {
  if (option === undefined) return { acting: {}, noted: {} };
  if (option === true || (option === 'auto' && before === 'ssa'))
    return { acting: { serverSide: { manager, takesOver } }, noted: { applyMethod: 'ssa' } };
  const method = option === false ? 'csa' : before;
  return { acting: {}, noted: method === undefined ? {} : { applyMethod: method } };
}

/**
 * @param force take over fields that others own; without it a conflict is an error
 * @throws HelmError `ApplyFailed`
 */
export async function applyByServer(
  context: ActionContext,
  { manager }: ServerSide,
  each: ReleaseObject,
  force: boolean,
): Promise<void> {
  try {
    await context.kube.apply(each.object, {
      ...writing,
      fieldManager: manager,
      force,
      ...signalOf(context),
    });
  } catch (cause) {
    const isConflict = cause instanceof KubeError && cause.reason === 'Conflict';
    const what = isConflict
      ? 'conflict occurred while applying object'
      : 'server-side apply failed for object';
    throw new HelmError('ApplyFailed', each.name, `${what} ${shown(each)}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** Makes fields that Helm has patched applied ones. @throws HelmError `ApplyFailed` */
export async function takeOverFields(
  context: ActionContext,
  { manager }: ServerSide,
  each: ReleaseObject,
  live: KubeObject,
): Promise<void> {
  const { managedFields = [], resourceVersion } = live.metadata;
  const managers = [...patching, manager];
  const value = unitedManagers(
    managedFields,
    manager,
    (entry) => entry.operation === 'Update' && managers.includes(entry.manager ?? ''),
  );
  if (value === undefined) return;
  const patch = [
    { op: 'replace', path: '/metadata/managedFields', value },
    { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
  ];
  try {
    await context.kube.patch(each.ref, 'json', patch, {
      fieldManager: manager,
      ...signalOf(context),
    });
  } catch (cause) {
    throw new HelmError(
      'ApplyFailed',
      each.name,
      `failed to patch object to upgrade CSA field manager ${shown(each)}: ${messageOf(cause)}`,
      { cause },
    );
  }
}

/** `namespace/name group/version, Kind=Kind` */
function shown({ namespace, name, ref }: ReleaseObject): string {
  const { group, version } = parseApiVersion(ref.apiVersion);
  return `${namespace}/${name} ${group}/${version}, Kind=${ref.kind}`;
}
