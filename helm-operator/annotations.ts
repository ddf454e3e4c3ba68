/** Annotations of HelmReleases: `migrate` is the original's, the others are new. */
import type { HelmRelease } from '../lib/objects/mod.ts';

export const annotationKeys = {
  /** `"true"`: a release of Helm 2 is made one of Helm 3; any other value only says what would be done. */
  migrate: 'helm.fluxcd.io/migrate',
  /** `"true"`: the release stays as it is; deleting the HelmRelease still uninstalls it. */
  suspend: 'helm.fluxcd.io/suspend',
  /** `name` or `namespace/name` of other HelmReleases, separated by commas, that have to be released first. */
  dependsOn: 'helm.fluxcd.io/depends-on',
  /** Any new value asks for another try at once. */
  reconcileAt: 'helm.fluxcd.io/reconcile-at',
  /** `off`, `report` or `correct`, in place of the flag. */
  driftDetection: 'helm.fluxcd.io/drift-detection',
  /** `Kind/name:/json/pointer`, separated by commas; `*` stands for any name. */
  driftIgnore: 'helm.fluxcd.io/drift-ignore',
  /** A service account of the HelmRelease's namespace that its work is done as. */
  serviceAccount: 'helm.fluxcd.io/service-account',
} as const;

const valueOf = (hr: HelmRelease, key: keyof typeof annotationKeys): string =>
  hr.metadata.annotations?.[annotationKeys[key]]?.trim() ?? '';

export function migrationOf(hr: HelmRelease): 'convert' | 'dry-run' | undefined {
  if (hr.metadata.annotations?.[annotationKeys.migrate] === undefined) return undefined;
  return valueOf(hr, 'migrate') === 'true' ? 'convert' : 'dry-run';
}

export const isSuspended = (hr: HelmRelease): boolean => valueOf(hr, 'suspend') === 'true';

export const reconcileRequest = (hr: HelmRelease): string => valueOf(hr, 'reconcileAt');

export const serviceAccountOf = (hr: HelmRelease): string => valueOf(hr, 'serviceAccount');

/** The HelmReleases that have to be released first, as `namespace/name`. */
export function dependenciesOf(hr: HelmRelease): string[] {
  return listed(valueOf(hr, 'dependsOn')).map((name) =>
    name.includes('/') ? name : `${hr.metadata.namespace}/${name}`,
  );
}

export type DriftMode = 'off' | 'report' | 'correct';

export const isDriftMode = (text: string): text is DriftMode =>
  text === 'off' || text === 'report' || text === 'correct';

export function driftModeOf(hr: HelmRelease, byDefault: DriftMode): DriftMode {
  const text = valueOf(hr, 'driftDetection');
  return isDriftMode(text) ? text : byDefault;
}

export interface IgnoredField {
  kind: string;
  /** `*` for any. */
  name: string;
  pointer: string;
}

export function ignoredFieldsOf(hr: HelmRelease): IgnoredField[] {
  return listed(valueOf(hr, 'driftIgnore')).flatMap((item) => {
    const [, kind, name, pointer] = /^([^/:]+)\/([^/:]+):(\/.*)$/.exec(item) ?? [];
    return kind === undefined || name === undefined || pointer === undefined
      ? []
      : [{ kind, name, pointer }];
  });
}

const listed = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
