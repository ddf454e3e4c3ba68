/** The server that a kubeconfig names. */
import { expect } from 'vitest';
import { at } from './probe.ts';
import type { Target } from './probe.ts';

/** The first cluster and the first user of a kubeconfig. */
export function targetOf(config: unknown): Target {
  const url = at(config, 'clusters', 0, 'cluster', 'server');
  const token = at(config, 'users', 0, 'user', 'token');
  const ca = at(config, 'clusters', 0, 'cluster', 'certificate-authority-data');
  expect(typeof url, 'server of the kubeconfig').toBe('string');
  expect(typeof token, 'token of the kubeconfig').toBe('string');
  return {
    url: String(url),
    token: String(token),
    ...(typeof ca === 'string' ? { ca: Buffer.from(ca, 'base64').toString() } : {}),
  };
}
