/** Values that SOPS has encrypted, opened with the keys of the operator's surroundings. */
import type { GoMap, GoValue } from '../../lib/helm/values/mod.ts';
import { decryptSops, loadSopsKeys } from '../../lib/sops/mod.ts';

/** @returns what opens values; keys are read anew each time, as they may be mounted later */
export function createDecrypter(
  env: Readonly<Record<string, string | undefined>>,
): (values: GoMap) => Promise<GoMap> {
  return async (values) => {
    const opened = await decryptSops(values, await loadSopsKeys(env));
    return new Map([...opened].map(([key, value]) => [key, toValue(value)]));
  };
}

function toValue(value: unknown): GoValue {
  if (Array.isArray(value)) return value.map(toValue);
  if (value instanceof Map)
    return new Map([...value].map(([key, each]) => [String(key), toValue(each)]));
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  return null;
}
