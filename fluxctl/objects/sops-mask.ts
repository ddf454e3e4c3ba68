/** Secrets that SOPS has encrypted, printed without what they hold, as flux prints them (flux2 internal/build). Pure. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';
import { textAt } from './read.ts';

const mask = '**SOPS**';
const base64 = (text: string) => Buffer.from(text).toString('base64');

type Texts = Record<string, string>;

/** Other objects, and Secrets without such values, stay as they are. */
export function masked(object: KubeObject): KubeObject {
  if (object.kind !== 'Secret') return object;
  const { sops, data, stringData, ...rest } = object as KubeObject & Record<string, unknown>;
  // A Secret that was encrypted as a whole keeps nothing of what SOPS wrote.
  const isWhole = textAt(sops, 'mac').startsWith('ENC[');
  const veil = isWhole
    ? whole(textAt(object, 'type'))
    : { data: inside(true), stringData: inside(false) };
  return {
    ...rest,
    ...(sops === undefined || isWhole ? {} : { sops }),
    ...(isRecord(data) ? { data: mapped(data, veil.data) } : {}),
    ...(isRecord(stringData) ? { stringData: mapped(stringData, veil.stringData) } : {}),
  };
}

const mapped = (map: Readonly<Record<string, unknown>>, veil: (value: string) => string): Texts =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, veil(String(value))]));

function whole(type: string) {
  const shown = type === 'kubernetes.io/dockerconfigjson' ? JSON.stringify({ mask }) : mask;
  return { data: () => base64(shown), stringData: () => shown };
}

/** Encrypted files among the values. In `stringData`, too, flux puts the mask in base64. */
const inside = (isEncoded: boolean) => (value: string) => {
  const text = isEncoded ? Buffer.from(value, 'base64').toString('latin1') : value;
  return text.includes('sops') && text.includes('ENC[') ? base64(mask) : value;
};
