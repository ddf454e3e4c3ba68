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
} as const;

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
    if (!isGate(name)) throw bad(name, `feature-gate '${name}' not supported`);
    gates[name] = value === 'true';
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
