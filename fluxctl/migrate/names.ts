/** Names of the objects that a migration makes: the same for the same input, whatever else is there. Pure. */
import { createHash } from 'node:crypto';

/** As long as the name of a release may be, so that names made of it stay short enough for labels. */
const longest = 53;

/** A text as the name of an object; what is too long, or says nothing, gets a part of its SHA-256. */
export function objectName(text: string, max: number = longest): string {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  if (name !== '' && name.length <= max) return name;
  const hash = shortHash(text);
  return `${name.slice(0, max - hash.length - 1).replace(/-+$/, '')}-${hash}`.replace(/^-/, 'x-');
}

/** Eight characters that tell texts apart. */
export const shortHash = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 8);

/** `github-com-fluxcd-flux-get-started`: host and path of a URL. */
export function nameOfUrl(url: string): string {
  const bare = url
    .replace(/^[a-z+]+:\/\//i, '')
    .replace(/^[^/@]*@/, '')
    .replace(/\.git\/?$/, '');
  return objectName(bare);
}

/**
 * Gives each thing a name of its own: things whose names are the same get a part of their hash.
 *
 * @param wanted the name that a thing would like
 */
export function distinctNames<T>(
  things: readonly T[],
  wanted: (thing: T) => string,
  identity: (thing: T) => string,
): Map<string, string> {
  const users = new Map<string, Set<string>>();
  for (const thing of things) {
    const name = wanted(thing);
    users.set(name, (users.get(name) ?? new Set()).add(identity(thing)));
  }
  return new Map(
    things.map((thing) => {
      const [name, id] = [wanted(thing), identity(thing)];
      const alone = (users.get(name)?.size ?? 0) < 2;
      return [id, alone ? name : `${objectName(name, longest - 9)}-${shortHash(id)}`];
    }),
  );
}
