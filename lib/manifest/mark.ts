/** Puts comments behind single values of a file, and changes nothing else: the markers of image automation. Pure. */
import { isScalar } from 'yaml';
import type { KubeObject } from '../objects/mod.ts';
import type { ObjectPath } from './containers.ts';
import { locate, nodeAt } from './edit.ts';
import { ManifestError } from './errors.ts';
import { canonicalJson, loadManifests } from './load.ts';
import { matcher } from './update.ts';
import type { WorkloadAddress } from './update.ts';

export interface Mark {
  path: ObjectPath;
  /** Without the `#`. */
  comment: string;
}

/**
 * @param source the file's name, for errors
 * @returns the text with the comments; values that have theirs already are left alone
 * @throws ManifestError `WorkloadNotFound`, `PathNotFound` when there is no room for a comment behind a value (another
 *   comment, or more of the line), `EditNotVerified`
 */
export function addMarks(
  text: string,
  source: string,
  object: WorkloadAddress,
  marks: readonly Mark[],
): string {
  const { root } = locate(text, source, matcher(object));
  const places = marks.flatMap(({ path, comment }) => {
    const node = nodeAt(root, path);
    const to = isScalar(node) ? node.range?.[1] : undefined;
    if (to === undefined) throw noRoom(source, path, 'there is no such value');
    const isBlock =
      isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED');
    if (isBlock) throw noRoom(source, path, 'the value is a block');
    const rest = /^[^\r\n]*/.exec(text.slice(to))?.[0] ?? '';
    const written = `# ${comment}`;
    if (rest.trim() === written) return [];
    if (rest.trim() !== '') throw noRoom(source, path, `the line goes on with ${rest.trim()}`);
    return [{ from: to, to: to + rest.length, text: ` ${written}` }];
  });
  const edited = places
    .sort((a, b) => b.from - a.from)
    .reduce((now, place) => now.slice(0, place.from) + place.text + now.slice(place.to), text);
  const objects = (of: string): KubeObject[] =>
    loadManifests(of, source).objects.map((loaded) => loaded.object);
  // Comments say nothing to anybody but those who look for them.
  if (canonicalJson(objects(text)) !== canonicalJson(objects(edited)))
    throw new ManifestError('EditNotVerified', source, `${source}: the edit could not be verified`);
  return edited;
}

const noRoom = (source: string, path: ObjectPath, why: string) =>
  new ManifestError(
    'PathNotFound',
    source,
    `${source}: no comment can be put behind ${path.join('.')}: ${why}`,
  );
