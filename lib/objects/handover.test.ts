import { describe, expect, test } from 'vitest';
import { claimOfV1, claimOfV2, formatOwner, heirOfV1, rivalOfV1, rivalOfV2 } from './handover.ts';
import type { ReleaseClaim } from './handover.ts';
import type { KubeObject } from './object.ts';

const older = (over: Record<string, unknown> = {}, annotations: Record<string, string> = {}) =>
  claimOfV1({
    apiVersion: 'helm.fluxcd.io/v1',
    kind: 'HelmRelease',
    metadata: { namespace: 'apps', name: 'web', annotations },
    spec: { chart: {}, ...over },
  });
const newer = (
  spec: Record<string, unknown> = {},
  status: Record<string, unknown> = {},
  annotations: Record<string, string> = {},
): KubeObject => ({
  apiVersion: 'helm.toolkit.fluxcd.io/v2',
  kind: 'HelmRelease',
  metadata: { namespace: 'apps', name: 'web', annotations },
  spec: { releaseName: 'apps-web', ...spec },
  status,
});
const claimed = (...parts: Parameters<typeof newer>): ReleaseClaim => {
  const claim = claimOfV2(newer(...parts));
  if (claim === undefined) throw new Error('no claim');
  return claim;
};
const begun = { storageNamespace: 'apps' };
const released = { ...begun, history: [{ name: 'apps-web', version: 3 }] };
const given = { 'helm.fluxcd.io/handed-over-to': 'helm.toolkit.fluxcd.io/apps/web' };
const from = { 'helm.fluxcd.io/taken-over-from': 'helm.fluxcd.io/apps/web' };

describe('claims', () => {
  test.each([
    { why: 'the generated name of v1', claim: older(), is: 'apps/apps-web wants' },
    {
      why: 'v1 keeps releases where they go to',
      claim: older({ targetNamespace: 'prod' }),
      is: 'prod/apps-prod-web wants',
    },
    { why: 'handed over', claim: older({}, given), is: 'apps/apps-web gave' },
    { why: 'the name of v2', claim: claimed({ releaseName: undefined }), is: 'apps/web wants' },
    {
      why: 'v2 keeps releases beside the object unless told otherwise',
      claim: claimed({ releaseName: undefined, targetNamespace: 'prod' }),
      is: 'apps/prod-web wants',
    },
    {
      why: 'a storage namespace',
      claim: claimed({ targetNamespace: 'prod', storageNamespace: 'prod' }),
      is: 'prod/apps-web wants',
    },
    {
      why: 'suspended before it began',
      claim: claimed({ suspend: true }),
      is: 'apps/apps-web rests',
    },
    {
      why: 'suspended, but it has the release',
      claim: claimed({ suspend: true }, released),
      is: 'apps/apps-web holds',
    },
    { why: 'about to begin', claim: claimed({}, begun), is: 'apps/apps-web begins' },
    {
      why: 'what it has released went by another name',
      claim: claimed({}, { ...begun, history: [{ name: 'old' }] }),
      is: 'apps/apps-web begins',
    },
    { why: 'v2 gave it back', claim: claimed({}, released, given), is: 'apps/apps-web gave' },
  ])('$why: $is', ({ claim: { release, state }, is }) => {
    expect(`${release.namespace}/${release.name} ${state}`).toBe(is);
  });

  test('of a release in another cluster there is none', () => {
    expect(claimOfV2(newer({ kubeConfig: { secretRef: { name: 'other' } } }))).toBeUndefined();
  });
});

describe('of two generations at most one works on a release', () => {
  const v1States = { wants: older(), gave: older({}, given) };
  const v2States = {
    wants: claimed(),
    rests: claimed({ suspend: true }),
    begins: claimed({}, begun),
    holds: claimed({}, released),
    gave: claimed({}, released, given),
  };
  const mayV1 = (v1: ReleaseClaim, v2: ReleaseClaim) =>
    v1.state !== 'gave' && rivalOfV1(v1, [v2]) === undefined;
  const mayV2 = (v1: ReleaseClaim, v2: ReleaseClaim) =>
    v2.state !== 'gave' && v2.state !== 'rests' && rivalOfV2(v2, [v1]) === undefined;

  test.each([
    ['wants', 'wants', 'v1'],
    ['wants', 'rests', 'v1'],
    // Two who begin at the same moment: both step back, and v2 forgets that it had begun.
    ['wants', 'begins', 'nobody'],
    ['wants', 'holds', 'v2'],
    ['wants', 'gave', 'v1'],
    ['gave', 'wants', 'v2'],
    ['gave', 'rests', 'nobody'],
    ['gave', 'begins', 'v2'],
    ['gave', 'holds', 'v2'],
    ['gave', 'gave', 'nobody'],
  ] as const)('v1 %s, v2 %s: %s works', (first, second, worker) => {
    const [v1, v2] = [v1States[first], v2States[second]];
    const workers = [...(mayV1(v1, v2) ? ['v1'] : []), ...(mayV2(v1, v2) ? ['v2'] : [])];
    expect(workers.join(' and ') || 'nobody').toBe(worker);
  });

  test('releases of other names, or kept elsewhere, are nobody else’s business', () => {
    expect(rivalOfV1(older({ releaseName: 'other' }), [v2States.holds])).toBeUndefined();
    expect(rivalOfV1(older({ targetNamespace: 'prod' }), [v2States.holds])).toBeUndefined();
    expect(rivalOfV2(claimed({ storageNamespace: 'prod' }), [older()])).toBeUndefined();
  });
});

describe('a v1 HelmRelease that is deleted', () => {
  test.each([
    { why: 'nobody else', others: [], heir: '' },
    { why: 'one that only names the release', others: [claimed()], heir: '' },
    {
      why: 'one that is to take it over, suspended',
      others: [claimed({ suspend: true }, {}, from)],
      heir: 'helm.toolkit.fluxcd.io/apps/web',
    },
    {
      why: 'one that has it',
      others: [claimed({}, released)],
      heir: 'helm.toolkit.fluxcd.io/apps/web',
    },
    {
      why: 'one that gave it back',
      others: [claimed({}, released, { ...given, ...from })],
      heir: '',
    },
  ])('$why', ({ others, heir }) => {
    const found = heirOfV1(older(), others);
    expect(found === undefined ? '' : formatOwner(found)).toBe(heir);
  });
});
