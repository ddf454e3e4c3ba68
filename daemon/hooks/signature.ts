/** Whether a delivery comes from whom it says (the ways of each host). Pure but for the hash. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { HookKind } from './payload.ts';

export interface Delivery {
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** `?token=` of the URL, for hosts that sign nothing. */
  token: string;
  body: Buffer;
}

export function isGenuine(kind: HookKind, secret: string, delivery: Delivery): boolean {
  const header = (name: string) => String(delivery.headers[name] ?? '');
  const signed = (signature: string) =>
    equal(
      signature.replace(/^sha256=/, ''),
      createHmac('sha256', secret).update(delivery.body).digest('hex'),
    );
  switch (kind) {
    case 'github':
      return signed(header('x-hub-signature-256'));
    case 'bitbucket':
      return signed(header('x-hub-signature'));
    case 'generic':
      return signed(header('x-signature-256'));
    case 'gitlab':
      return equal(header('x-gitlab-token'), secret);
    case 'harbor':
      return equal(header('authorization'), secret);
    case 'dockerhub':
    case 'quay':
      return equal(delivery.token, secret);
  }
}

/** In a time that tells nothing of where they differ. */
function equal(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && a.length > 0 && timingSafeEqual(a, b);
}
