/** Which repository a Provider's address means, and which commit an event. Pure. */
import type { FluxEvent } from '../../runtime/mod.ts';
import { invalidProvider, notSent } from '../errors.ts';

export interface GitAddress {
  /** `https://host`; SSH becomes HTTPS. */
  host: string;
  /** `owner/repository`, or deeper. */
  id: string;
}

/** @throws NotificationError `InvalidProvider` */
export function parseGitAddress(address: string): GitAddress {
  const scp = /^(?:[^@/]+@)?([^:/]+):(?!\/\/)(.+)$/.exec(address);
  let url: URL;
  try {
    url = scp === null ? new URL(address) : new URL(`ssh://${scp[1] ?? ''}/${scp[2] ?? ''}`);
  } catch (cause) {
    throw invalidProvider(`failed parsing URL "${address}"`, cause);
  }
  const scheme = url.protocol === 'ssh:' ? 'https:' : url.protocol;
  const id = decodeURI(url.pathname)
    .replace(/^\/+/, '')
    .replace(/\.git$/, '');
  return { host: `${scheme}//${url.host}`, id };
}

/** @throws NotificationError `InvalidProvider` unless the address names owner and repository */
export function ownerAndName(id: string): [owner: string, name: string] {
  const [owner, name, ...rest] = id.split('/');
  if (owner === undefined || name === undefined || rest.length > 0)
    throw invalidProvider(`invalid repository id: '${id}'`);
  return [owner, name];
}

/**
 * The hash of the commit that an event is about: `main@sha1:HASH`, `main/HASH` of old, or the hash alone.
 *
 * @throws NotificationError `NotSent` when it is about none
 */
export function commitOf({ metadata }: FluxEvent): string {
  const revision = metadata['commit'] ?? metadata['originRevision'] ?? metadata['revision'];
  if (revision === undefined) throw notSent('missing revision metadata');
  const hash = revision.includes(':')
    ? revision.slice(revision.lastIndexOf(':') + 1)
    : revision.slice(revision.lastIndexOf('/') + 1);
  if (hash.length !== 40)
    throw notSent(`failed to extract commit hash from '${revision}' revision`);
  return hash;
}
