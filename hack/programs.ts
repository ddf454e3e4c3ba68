/**
 * Our programs for tests, bundled as the package ships them: a bundle starts in a sixth of the time that sources take.
 * `before-tests.ts` makes the bundles.
 */
import path from 'node:path';

/** Entry points by the names of their bundles. */
export const programs = {
  fluxd: 'daemon/main.ts',
  'helm-operator': 'helm-operator/main.ts',
  fluxctl: 'fluxctl/main.ts',
  unsealer: 'unsealer/main.ts',
  toolkit: 'toolkit/main.ts',
} as const;

/** Those that tests start; `build-helm.ts` makes reflux-helm for the package. */
export const testedPrograms = { ...programs, 'reflux-helm': 'lib/helm/cli/main.ts' } as const;

/** @returns the words of its command line before the arguments @throws Error outside of tests */
export function commandOf(program: keyof typeof testedPrograms): [string, string] {
  const folder = process.env.REFLUX_BUNDLES;
  if (folder === undefined)
    throw new Error('REFLUX_BUNDLES, which hack/before-tests.ts sets, is unset');
  return [process.execPath, path.join(folder, `${program}.js`)];
}
