/** `oci://host/path/name:tag`, as Helm reads it (helm 3.19 pkg/registry/reference.go). */
import { HelmError } from '../chart/mod.ts';

export interface OciReference {
  /** With its port. */
  host: string;
  repository: string;
  /** As the registry has it: `+` is written `_`. '' when none is given. */
  tag: string;
  /** `sha256:…`, or ''. */
  digest: string;
}

export const isOci = (reference: string): boolean => /^oci:\/\//i.test(reference);

/** @throws HelmError `ChartNotFound` */
export function parseOci(text: string): OciReference {
  let rest = text.replace(/^oci:\/\//i, '');
  const invalid = () =>
    new HelmError('ChartNotFound', text, `invalid reference: invalid repository "${text}"`);
  let digest = '';
  const at = rest.lastIndexOf('@');
  if (at >= 0) {
    digest = rest.slice(at + 1);
    rest = rest.slice(0, at);
    if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw invalid();
  }
  let tag = '';
  const colon = rest.lastIndexOf(':');
  if (colon >= 0 && !rest.slice(colon).includes('/')) {
    tag = tagOf(rest.slice(colon + 1));
    rest = rest.slice(0, colon);
  }
  const slash = rest.indexOf('/');
  if (slash <= 0) {
    throw new HelmError('ChartNotFound', text, 'invalid reference: missing registry or repository');
  }
  const repository = rest.slice(slash + 1).replace(/\/+$/, '');
  if (!/^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/.test(repository))
    throw invalid();
  if (tag !== '' && !/^\w[\w.-]{0,127}$/.test(tag)) throw invalid();
  return { host: rest.slice(0, slash), repository, tag, digest };
}

/** Tags know no `+`. */
export const tagOf = (version: string): string => version.replaceAll('+', '_');

/** As Helm prints it. */
export function formatOci({ host, repository, tag, digest }: OciReference): string {
  return `${host}/${repository}${tag === '' ? `@${digest}` : `:${tag}`}`;
}
