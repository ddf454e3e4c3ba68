import { parseConstraint } from '../../lib/policy/mod.ts';

/**
 * A range of versions, with the message of the library that the controllers of Flux v2 use (Masterminds/semver 3.5); Helm 3
 * and Flux v1 use older ones, that do not quote.
 *
 * @throws Error `improper constraint: "1.x.y.z"`
 */
export function readConstraint(text: string): ReturnType<typeof parseConstraint> {
  try {
    return parseConstraint(text);
  } catch (cause) {
    throw new Error(`improper constraint: ${JSON.stringify(text)}`, { cause });
  }
}
