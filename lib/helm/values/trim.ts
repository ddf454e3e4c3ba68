/** Go's strings.TrimSpace and its kin. From the ends inward: a pattern that looks for the end takes long on much space. */
import { goSpace } from './go-string.ts';

const spaces = new RegExp(goSpace);

export function trimSpace(text: string): string {
  let start = 0;
  while (start < text.length && spaces.test(text.charAt(start))) start += 1;
  return trimEnd(text.slice(start), (char) => spaces.test(char));
}

/** @param cuts asked for one UTF-16 unit at a time */
export function trimEnd(text: string, cuts: (char: string) => boolean): string {
  let end = text.length;
  while (end > 0 && cuts(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
