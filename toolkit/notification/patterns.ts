/** Regular expressions of Go (RE2). Pure. */
import { RE2JS } from 're2js';

/** @returns whether a text has a match; `undefined` for what is no expression */
export function compile(text: string): ((message: string) => boolean) | undefined {
  let pattern: RE2JS;
  try {
    pattern = RE2JS.compile(text);
  } catch {
    return undefined;
  }
  return (message) => pattern.matcher(message).find();
}
