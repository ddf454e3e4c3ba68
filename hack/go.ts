/** How programs of Go are built that only tests use: quickly, for they run once. */

/**
 * A cold build takes a third less time without debugging information, with one thread for each of the compilers, which
 * are as many as there are cores, and without inlining the parts of Kubernetes that are mostly generated.
 */
const compiler = '-dwarf=false -c=1';
export const quickBuild = [
  `-gcflags=all=${compiler}`,
  ...['api', 'client-go', 'kubernetes'].map((room) => `-gcflags=k8s.io/${room}/...=${compiler} -l`),
];
/** For `-ldflags`. */
export const quickLink = '-s -w';

type Env = Readonly<Record<string, string | undefined>>;

/** The environment for it. */
export const quickly = (env: Env): Env => ({
  ...env,
  CGO_ENABLED: '0',
  // Compilers are short-lived.
  GOGC: '400',
});
