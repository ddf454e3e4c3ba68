import type { HelmRelease } from '../../lib/objects/mod.ts';

/** Rolling back and testing need to know whether the release came up, so they wait unless told otherwise. */
export function waits({ spec }: HelmRelease): boolean {
  return spec.wait ?? (spec.rollback?.enable === true || spec.test?.enable === true);
}
