/** How far a sealed value may travel: the label that its session key is bound to. */
import type { ObjectMeta } from '../../lib/objects/mod.ts';

const prefix = 'sealedsecrets.bitnami.com/';

export const annotations = {
  clusterWide: `${prefix}cluster-wide`,
  namespaceWide: `${prefix}namespace-wide`,
  /** On a Secret: may be taken over whole. */
  managed: `${prefix}managed`,
  /** On a Secret: keys and metadata are added to it, what else it has stays. */
  patch: `${prefix}patch`,
  /** In the template: the Secret outlives its SealedSecret. */
  skipOwner: `${prefix}skip-set-owner-references`,
} as const;

export type Scope = 'strict' | 'namespace-wide' | 'cluster-wide';

export function scopeOf(meta: ObjectMeta): Scope {
  if (meta.annotations?.[annotations.clusterWide] === 'true') return 'cluster-wide';
  if (meta.annotations?.[annotations.namespaceWide] === 'true') return 'namespace-wide';
  return 'strict';
}

/** The OAEP label: `namespace/name`, `namespace` or nothing. */
export function labelOf(meta: ObjectMeta): string {
  const { namespace = '', name = '' } = meta;
  switch (scopeOf(meta)) {
    case 'cluster-wide':
      return '';
    case 'namespace-wide':
      return namespace;
    case 'strict':
      return `${namespace}/${name}`;
  }
}
