/** Releases that Helm 2 still keeps: converted when the annotation asks for it, else left to their owner (spec §1.6). */
import { HelmError } from '../../lib/helm/chart/mod.ts';
import { createObjectStore } from '../../lib/helm/storage/mod.ts';
import type { Release } from '../../lib/helm/storage/mod.ts';
import type { HelmRelease } from '../../lib/objects/mod.ts';
import { migrationOf } from '../annotations.ts';
import { OperatorError } from '../errors.ts';
import type { Helm2Record } from '../helm2/records.ts';
import { explained } from './sync.ts';
import type { Sync } from './sync.ts';

/** A HelmRelease of version 3 by its own word is installed beside what Helm 2 has, as the original did. */
function mayBeHelm2(hr: HelmRelease): boolean {
  return hr.spec.helmVersion === undefined || migrationOf(hr) !== undefined;
}

/** Installing beside a release of Helm 2 would fight it for its objects. */
export async function refuseHelm2(sync: Sync): Promise<void> {
  if (!mayBeHelm2(sync.hr)) return;
  const { releaseName } = sync;
  await explained(sync, 'failed to determine sync action for release', async () => {
    if (!(await sync.helm2.has(releaseName))) return;
    throw new OperatorError(
      'HelmVersionUnsupported',
      releaseName,
      `release '${releaseName}' is one of Helm v2, which is not supported by this operator; convert it with the annotation helm.fluxcd.io/migrate: "true" or with the helm 2to3 plugin (helm 2to3 convert ${releaseName}) and set helmVersion: v3`,
    );
  });
}

/**
 * Makes every revision that Helm 2 has of the release one of Helm 3 and takes Helm 2's records away; the objects of the
 * release are not touched. What was cut off half-way is gone on with.
 *
 * @returns `shown` when the HelmRelease asks to see only what would be done, so that this is all for now
 */
export async function migrateHelm2(sync: Sync): Promise<'none' | 'shown' | 'converted'> {
  const asked = migrationOf(sync.hr);
  if (asked === undefined) return 'none';
  const failure = 'failed to retrieve Helm v2 release while attempting migration';
  return explained(sync, failure, async () => {
    if (!(await sync.helm2.has(sync.releaseName))) return 'none';
    const records = await sync.helm2.read(sync.releaseName);
    const newest = records.at(-1)?.release;
    if (newest === undefined) return 'none';
    const present = await sync.engine.latest(sync.target);
    // A release of Helm 3 goes first, unless it is the beginning of this.
    if (present !== undefined && !isSame(present, newest)) return 'none';
    refuseElsewhere(sync, records);
    sync.log.log({ info: 'running 2to3 migration', phase: 'migrate' });
    if (asked === 'dry-run') {
      const revisions = records.map(({ release }) => release.version).join(', ');
      sync.log.log({ info: 'running helm 2to3 conversion in dry-run mode', revisions });
      return 'shown';
    }
    await sync.timed('migrate', () => convert(sync, records));
    return 'converted';
  });
}

const isSame = (a: Release, b: Release): boolean =>
  a.version === b.version &&
  a.info.lastDeployed === b.info.lastDeployed &&
  a.manifest === b.manifest;

/** Newest first: once it is there, the release is not installed anew. */
async function convert(sync: Sync, records: readonly Helm2Record[]): Promise<void> {
  const { kube, clock, targetNamespace } = sync;
  const store = createObjectStore({ kube, clock, driver: 'secret', namespace: targetNamespace });
  for (const { release } of records.toReversed()) {
    try {
      await store.create(release);
    } catch (thrown) {
      // Of a run that was cut off.
      if (!(thrown instanceof HelmError && thrown.reason === 'ReleaseExists')) throw thrown;
    }
  }
  for (const record of records) await sync.helm2.remove(record);
}

/** Names of Helm 2 count in the whole cluster, those of Helm 3 in a namespace. */
function refuseElsewhere(sync: Sync, records: readonly Helm2Record[]): void {
  const { targetNamespace, releaseName } = sync;
  const other = records.find(({ release }) => release.namespace !== targetNamespace);
  if (other === undefined) return;
  throw new OperatorError(
    'HelmVersionUnsupported',
    releaseName,
    `release '${releaseName}' of Helm v2 is in namespace '${other.release.namespace}'; set spec.targetNamespace to it`,
  );
}
