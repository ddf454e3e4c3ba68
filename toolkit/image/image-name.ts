/** Names of images as ImageRepositories have them: no scheme, no tag. Pure. */
import { parseImageRef } from '../../lib/policy/mod.ts';
import type { ImageName } from '../../lib/policy/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { stalling } from './failure.ts';

const invalid = (message: string, cause?: unknown) => stalling('ImageURLInvalid', message, cause);

/** @throws ImageFailure `ImageURLInvalid` */
export function readImageName(text: string): ImageName {
  const scheme = /^([^/]*):\/\//.exec(text)?.[1];
  if (scheme !== undefined)
    throw invalid(`image '${text}' should not include URL scheme; remove '${scheme}://'`);
  let parsed;
  try {
    parsed = parseImageRef(text);
  } catch (cause) {
    throw invalid(`could not parse reference: ${messageOf(cause)}`, cause);
  }
  if (parsed.tag !== '' || parsed.digest !== '')
    throw invalid(
      `image '${text}' should not include a tag; remove ':${parsed.tag || parsed.digest}'`,
    );
  // A repository's path: lower case, with separators only between letters and digits.
  if (!/^[a-z0-9]+([._/-]+[a-z0-9]+)*$/.test(parsed.image))
    throw invalid(
      `could not parse reference: ${text}: repository can only contain the characters \`abcdefghijklmnopqrstuvwxyz0123456789_-./\`: ${parsed.image}`,
    );
  return { domain: parsed.domain, image: parsed.image };
}
