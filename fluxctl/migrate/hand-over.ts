/**
 * One release from the v1 HelmRelease to the v2 one, and back. Between any two writes at most one engine works on it, and
 * whoever is killed begins anew: what is done already is passed over (docs/decisions/0010).
 */
import { claimOfV2, formatOwner, handedOverTo, handoverKeys } from '../../lib/objects/mod.ts';
import type { HelmRelease, KubeObject } from '../../lib/objects/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';
import { MigrateError } from './errors.ts';
import type { PlannedRelease } from './releases.ts';
import {
  annotate,
  conditionOf,
  deployedRevision,
  fieldManager,
  isCurrent,
  refOf,
  until,
  v1Ref,
} from './steps.ts';
import type { Cluster } from './steps.ts';

export interface HandOverOptions {
  /** helm-operator is stopped: nobody answers for it. */
  operatorIsStopped: boolean;
  /** Shows that nothing changes; right before the release is handed over. @throws MigrateError */
  prove: () => Promise<void>;
  say: (text: string) => void;
}

const nameOf = ({ metadata }: KubeObject) => `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;
const ownerV1 = (hr: HelmRelease) => formatOwner({ group: 'helm.fluxcd.io', ...hr.metadata });
const ownerV2 = ({ metadata: { namespace = '', name = '' } }: KubeObject) =>
  formatOwner({ group: 'helm.toolkit.fluxcd.io', namespace, name });

/** @returns the revision, which is the one from before @throws MigrateError, KubeError */
export async function handOver(
  cluster: Cluster,
  planned: PlannedRelease,
  { operatorIsStopped, prove, say }: HandOverOptions,
): Promise<number> {
  const { kube } = cluster;
  const { from, release } = planned.converted;
  const wanted = planned.object;
  const v1 = await mustGet(cluster, from);
  const to = handedOverTo(v1);
  const existing = await kube.get(refOf(wanted));
  refuseStranger(existing, from);
  const isDone =
    to === ownerV2(wanted) &&
    existing !== undefined &&
    claimOfV2(existing)?.state === 'holds' &&
    !isSuspended(existing);
  if (isDone) {
    say(`${nameOf(wanted)} has the release already`);
    return deployedRevision(cluster, release);
  }
  if (to !== '' && to !== ownerV2(wanted))
    throw new MigrateError('NotReady', nameOf(v1), `${nameOf(v1)} was handed over to ${to}`);
  if (to === '') refuseUnsettled(v1, operatorIsStopped);
  const before = await deployedRevision(cluster, release);
  await prove();

  if (planned.sourceObject !== undefined) await bringSource(cluster, planned.sourceObject);
  const v2 = await kube.apply(
    { ...wanted, spec: { ...specOf(wanted), suspend: true } },
    { fieldManager, force: true },
  );
  say(`${nameOf(v2)} is there, suspended`);

  await annotate(cluster, v1, { [handoverKeys.to]: ownerV2(v2) });
  if (!operatorIsStopped) await untilGiven(cluster, v1, ownerV2(v2), to === '');
  say(`${nameOf(v1)} was handed over`);
  const between = await deployedRevision(cluster, release);
  if (between !== before)
    throw new MigrateError(
      'Changed',
      release.name,
      `revision ${between} was made meanwhile: run the same command again`,
    );

  const staysSuspended = specOf(wanted)['suspend'] === true;
  await annotate(
    cluster,
    v2,
    { [handoverKeys.to]: null, 'reconcile.fluxcd.io/requestedAt': stamp(cluster) },
    { suspend: staysSuspended ? true : null },
  );
  if (staysSuspended) {
    say(`${nameOf(v2)} stays suspended, as ${nameOf(v1)} was`);
    return before;
  }
  const ready = await until(cluster, refOf(v2), (object) => {
    const { status, reason } = conditionOf(object, 'Ready');
    return status === 'True' && claimOfV2(object)?.state === 'holds' && reason !== 'HandedOver';
  });
  if (ready === undefined) {
    const { message } = conditionOf(await kube.get(refOf(v2)), 'Ready');
    throw new MigrateError(
      'NoAnswer',
      nameOf(v2),
      `${nameOf(v2)} is not ready: ${message || 'nobody reconciles it'}; the release is as it was, and --undo goes back`,
    );
  }
  const after = await deployedRevision(cluster, release);
  say(conditionOf(ready, 'Ready').message);
  return after;
}

/** @returns the revision, which is the one from before @throws MigrateError, KubeError */
export async function takeBack(
  cluster: Cluster,
  planned: PlannedRelease,
  { operatorIsStopped, say }: Pick<HandOverOptions, 'operatorIsStopped' | 'say'>,
): Promise<number> {
  const { kube } = cluster;
  const { from, release } = planned.converted;
  const v2 = await kube.get(refOf(planned.object));
  if (v2 !== undefined) refuseStranger(v2, from);
  // One that was deleted comes back as one that has given its release away; of a release that is not there, nothing does.
  const owner = ownerV2(planned.object);
  const found = await kube.get<HelmRelease>(v1Ref(from));
  if (found === undefined) await deployedRevision(cluster, release);
  const v1 = found ?? (await comeBack(cluster, from, owner));
  if (
    found !== undefined &&
    handedOverTo(found) === '' &&
    (v2 === undefined || handedOverTo(v2) !== '')
  ) {
    say(`${nameOf(found)} has the release already`);
    return deployedRevision(cluster, release);
  }
  if (handedOverTo(v1) === '') await annotate(cluster, v1, { [handoverKeys.to]: owner });
  // Being new alone would be worth an upgrade: the operator has to have seen it while it was not to act.
  if (found === undefined && !operatorIsStopped) await untilGiven(cluster, v1, owner, false);
  const before = await deployedRevision(cluster, release);
  if (v2 !== undefined) {
    await annotate(cluster, v2, {
      [handoverKeys.to]: ownerV1(v1),
      'reconcile.fluxcd.io/requestedAt': stamp(cluster),
    });
    if (!isSuspended(v2)) {
      const given = await until(
        cluster,
        refOf(v2),
        (object) => conditionOf(object, 'Ready').reason === 'HandedOver',
      );
      if (given === undefined)
        throw new MigrateError(
          'NoAnswer',
          nameOf(v2),
          `${nameOf(v2)} does not say that it has given the release back: is the toolkit running?`,
        );
    }
    await annotate(cluster, v2, {}, { suspend: true });
    say(`${nameOf(v2)} has given the release back, and is suspended`);
  }
  await annotate(cluster, v1, {
    [handoverKeys.to]: null,
    'helm.fluxcd.io/reconcile-at': stamp(cluster),
  });
  if (!operatorIsStopped) {
    const ready = await until(cluster, v1Ref(from), (object) => {
      const { status, reason } = conditionOf(object, 'Released');
      return status === 'True' && reason !== 'HandedOver' && isCurrent(object);
    });
    if (ready === undefined) {
      const { message } = conditionOf(await kube.get(v1Ref(from)), 'Released');
      throw new MigrateError(
        'NoAnswer',
        nameOf(v1),
        `${nameOf(v1)} is not released: ${message || 'is helm-operator running?'}`,
      );
    }
  }
  const after = await deployedRevision(cluster, release);
  say(
    after === before
      ? `${nameOf(v1)} has the release, without a new revision`
      : `${nameOf(v1)} has the release; it had changed meanwhile, and made revision ${after}`,
  );
  return after;
}

async function mustGet({ kube }: Cluster, hr: HelmRelease): Promise<HelmRelease> {
  const found = await kube.get<HelmRelease>(v1Ref(hr));
  if (found !== undefined) return found;
  throw new MigrateError(
    'NotReady',
    nameOf(hr),
    `HelmRelease ${nameOf(hr)} of helm.fluxcd.io is not in the cluster`,
  );
}

function refuseStranger(existing: KubeObject | undefined, from: HelmRelease): void {
  if (existing === undefined) return;
  if (existing.metadata.annotations?.[handoverKeys.from] === ownerV1(from)) return;
  throw new MigrateError(
    'NotReady',
    nameOf(existing),
    `there is a HelmRelease ${nameOf(existing)} of helm.toolkit.fluxcd.io already, which was not made for this: annotate it with ${handoverKeys.from}: ${ownerV1(from)} if it is to go on with the release`,
  );
}

/** A release that is not as its HelmRelease wants it would get a revision by the switch. */
function refuseUnsettled(v1: HelmRelease, operatorIsStopped: boolean): void {
  const { status, reason, message } = conditionOf(v1, 'Released');
  if (reason === 'HandedOver')
    throw new MigrateError(
      'NoAnswer',
      nameOf(v1),
      `${nameOf(v1)} was taken back, and helm-operator has not noticed yet: is it running?`,
    );
  if (operatorIsStopped || (status === 'True' && isCurrent(v1))) return;
  throw new MigrateError(
    'NotReady',
    nameOf(v1),
    `${nameOf(v1)} is not released as it is now: ${message || 'helm-operator has not looked at it'}`,
  );
}

/** The source has to be ready first: the release would be without an engine for as long. */
async function bringSource(cluster: Cluster, source: KubeObject): Promise<void> {
  await cluster.kube.apply(source, { fieldManager, force: true });
  // Registries are asked by those who use them.
  if (specOf(source)['type'] === 'oci') return;
  const ready = await until(
    cluster,
    refOf(source),
    (object) => conditionOf(object, 'Ready').status === 'True' && isCurrent(object),
  );
  if (ready !== undefined) return;
  const { message } = conditionOf(await cluster.kube.get(refOf(source)), 'Ready');
  throw new MigrateError(
    'NoAnswer',
    nameOf(source),
    `${source.kind} ${nameOf(source)} is not ready: ${message || 'is the toolkit running?'}; nothing was handed over`,
  );
}

/** @param isNew it was this command that handed it over, so that it can be taken back when nobody answers */
async function untilGiven(
  cluster: Cluster,
  v1: HelmRelease,
  owner: string,
  isNew: boolean,
): Promise<void> {
  const given = await until(cluster, v1Ref(v1), (object) => {
    const { reason, message } = conditionOf(object, 'Released');
    return reason === 'HandedOver' && message.includes(`${owner};`);
  });
  if (given !== undefined) return;
  if (isNew) await annotate(cluster, v1, { [handoverKeys.to]: null });
  throw new MigrateError(
    'NoAnswer',
    nameOf(v1),
    `helm-operator does not say that it leaves ${nameOf(v1)} alone${isNew ? ', so it was taken back' : ''}: is it running, and is it Reflux? With the operator stopped, say --operator-stopped`,
  );
}

async function comeBack({ kube }: Cluster, from: HelmRelease, owner: string): Promise<HelmRelease> {
  const { apiVersion, kind, metadata, spec } = from;
  const { name, namespace, labels, annotations } = metadata;
  const applied = await kube.apply(
    {
      apiVersion,
      kind,
      metadata: {
        name,
        namespace,
        ...(labels === undefined ? {} : { labels }),
        annotations: { ...annotations, [handoverKeys.to]: owner },
      },
      spec,
    },
    { fieldManager, force: true },
  );
  return { ...from, metadata: { ...from.metadata, ...applied.metadata, name, namespace } };
}

const specOf = (object: KubeObject): Record<string, unknown> =>
  isRecord(object['spec']) ? object['spec'] : {};

const isSuspended = (object: KubeObject): boolean => specOf(object)['suspend'] === true;

const stamp = ({ clock }: Cluster): string => clock.now().toISOString();
