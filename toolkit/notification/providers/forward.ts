/** Hooks that get the event as it is: generic, generic-hmac. */
import { createHmac } from 'node:crypto';
import { invalidProvider } from '../errors.ts';
import { checkUrl, expectSuccess, goJson } from './contract.ts';
import type { Recipient } from './contract.ts';
import { eventJson } from './text.ts';

const forwarding =
  (isSigned: boolean): Recipient =>
  ({ address, token, headers }, send) => {
    checkUrl(address, 'hook URL', 'plain');
    if (isSigned && token === '') throw invalidProvider('HMAC key is empty');
    return async (event) => {
      const body = goJson(eventJson(event));
      const signature = createHmac('sha256', token).update(body).digest('hex');
      expectSuccess(
        await send({
          url: address,
          headers: {
            'gotk-component': event.reportingController,
            ...headers,
            ...(isSigned ? { 'x-signature': `sha256=${signature}` } : {}),
          },
          body,
        }),
      );
    };
  };

export const generic = forwarding(false);
export const genericHmac = forwarding(true);
