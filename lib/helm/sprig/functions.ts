/** Every function of this room in one table. */
import { checksumFunctions } from './checksums.ts';
import { certificateFunctions } from './certificates.ts';
import type { CertificateCapabilities } from './certificates.ts';
import { dateFunctions } from './dates.ts';
import type { DateCapabilities } from './dates.ts';
import { defaultFunctions } from './defaults.ts';
import { dictFunctions } from './dicts.ts';
import { encodingFunctions } from './encoding.ts';
import { formatFunctions } from './formats.ts';
import type { SprigFunctions } from './function.ts';
import { listFunctions } from './lists.ts';
import { mathFunctions } from './math.ts';
import { pathFunctions } from './paths.ts';
import { randomFunctions } from './random.ts';
import type { RandomCapabilities } from './random.ts';
import { regexFunctions } from './regex.ts';
import { secretFunctions } from './secrets.ts';
import type { SecretCapabilities } from './secrets.ts';
import { semverFunctions } from './semver.ts';
import { stringFunctions } from './strings.ts';
import { urlFunctions } from './url.ts';

/** What the functions need of the world. */
export interface SprigCapabilities
  extends DateCapabilities, CertificateCapabilities, RandomCapabilities, SecretCapabilities {}

/**
 * Builds the table of functions, by name. `include`, `tpl`, `lookup` and `required` need a rendering and belong to
 * the chart engine.
 */
export function createFunctions(capabilities: SprigCapabilities): SprigFunctions {
  const table: SprigFunctions = {
    ...mathFunctions,
    ...listFunctions,
    ...dictFunctions,
    ...stringFunctions,
    ...defaultFunctions,
    ...encodingFunctions,
    ...regexFunctions,
    ...semverFunctions,
    ...pathFunctions,
    ...formatFunctions,
    ...urlFunctions,
    ...dateFunctions(capabilities),
    ...checksumFunctions(capabilities.crypto),
    ...certificateFunctions(capabilities),
    ...secretFunctions(capabilities),
    ...randomFunctions(capabilities),
  };
  // No inherited names: a template that calls `constructor` calls no function.
  Object.setPrototypeOf(table, null);
  return table;
}
