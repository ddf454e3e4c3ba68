/** Fields of the original's definitions that ours does not have: never passed over in silence. */
import type { Fields } from '../runtime/mod.ts';
import { fetchStalled } from './failure.ts';

/** @throws SourceFailure when the identity of a cloud is to be used */
export function refuseProvider(spec: Fields, supported: readonly string[] = ['generic']): void {
  const provider = spec.text('provider') ?? 'generic';
  if (supported.includes(provider)) return;
  const names = supported.map((each) => `'${each}'`).join(' and ');
  throw fetchStalled(
    'InvalidProviderConfiguration',
    `spec.provider '${provider}' is not supported yet, only ${names} ${supported.length === 1 ? 'is' : 'are'}`,
  );
}
