/** Feature gates: behaviours of the originals that are chosen for a whole program. Pure. */
import { Fault } from '../../lib/runtime/mod.ts';

/** Those that have their effect here, and what holds without them. */
export const defaultGates = {
  /** What HelmReleases do not say is as in Helm 3: hooks are not post-rendered, readiness is Helm's own. */
  UseHelm3Defaults: false,
  /** `dependsOn[].readyExpr` counts beside the ready condition, not instead of it. */
  AdditiveCELDependencyCheck: false,
  /** Objects may name the service account that asks clouds for them, or whose token is issued (`kubeConfig.configMapRef`). */
  ObjectLevelWorkloadIdentity: false,
  /** Sources may be ExternalArtifacts, which controllers of other makers write. */
  ExternalArtifact: false,
  /** HelmReleases that name no strategy try again for ever, and remediate nothing. */
  DefaultToRetryOnFailure: false,
  /** A tag that moves is no other chart: the digest is not put into the chart's version. */
  DisableChartDigestTracking: false,
  /** `getHostByName` of templates asks the name servers. */
  AllowDNSLookups: false,
  /** ConfigMaps and Secrets that objects refer to are read at each look, and not watched. */
  DisableConfigWatchers: false,
  /** Health of a HelmRelease is no longer waited for when something asks for another look; that of a Kustomization never is. */
  CancelHealthCheckOnNewRevision: false,
  /** Health is waited for until the timeout, even when all that is missing has no hope. */
  DisableFailFastBehavior: false,
  /** Variables of Kustomizations that are not set and have no default are refused. */
  StrictPostBuildSubstitutions: true,
} as const;

/** Gates of the originals that are taken without effect, and why. */
export const gatesWithoutEffect: Readonly<Record<string, string>> = {
  CacheSecretsAndConfigMaps: 'only metadata is watched; contents are read when they are needed',
  DirectSourceFetch: 'a source is read from a cache that a watch keeps up to date',
  DisableStatusPollerCache: 'health is looked at without a cache',
  GroupChangeLog: 'the log has one line for each look',
  MigrateAPIVersion: 'managed fields keep the version that they were written in',
  DetectDrift: 'as in the original since 1.0: HelmReleases say it with driftDetection',
  CorrectDrift: 'as in the original since 1.0: HelmReleases say it with driftDetection',
  OOMWatch: 'what runs is brought to its end when the pod is stopped; memory is limited by the pod',
  AdoptLegacyReleases:
    'as in the original since 1.5; releases of older objects are found by their name',
  FluxStorage: 'tags are kept in memory',
  GitForcePushBranch: 'another branch to push to is always forced',
  GitShallowClone: 'how much of a repository is fetched cannot be chosen',
  GitAllBranchReferences: 'the branch to push to is fetched, too',
  GitSparseCheckout: 'all files are checked out',
};

export type FeatureGates = Readonly<Record<keyof typeof defaultGates, boolean>>;

/**
 * @param text `A=true,B=false`
 * @throws Fault `BadFlag`
 */
export function readFeatureGates(text: string): FeatureGates {
  const gates: Record<keyof typeof defaultGates, boolean> = { ...defaultGates };
  for (const part of text.split(',').filter((each) => each.trim() !== '')) {
    const [, name = '', value] = /^\s*([^=]*?)\s*=\s*(true|false)\s*$/.exec(part) ?? [];
    if (value === undefined)
      throw bad(
        part,
        `--feature-gates: ${JSON.stringify(part)} is not of the form NAME=true|false`,
      );
    if (isGate(name)) gates[name] = value === 'true';
    else if (!Object.hasOwn(gatesWithoutEffect, name))
      throw bad(name, `feature-gate '${name}' not supported`);
  }
  return gates;
}

const bad = (subject: string, message: string) => new Fault('BadFlag', 'stall', subject, message);

const isGate = (name: string): name is keyof typeof defaultGates =>
  Object.hasOwn(defaultGates, name);

/** Identities of single service accounts are off in the originals, too, until a feature gate is set: their words for it. */
export const accountNeedsGateFor = (field: string, what: string): string =>
  `to use ${field} for ${what} authentication please enable the ObjectLevelWorkloadIdentity feature gate in the controller`;
export const accountNeedsGate = accountNeedsGateFor('spec.serviceAccountName', 'provider');
