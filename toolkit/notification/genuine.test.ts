/** What deliveries prove. */
import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Fields } from '../runtime/mod.ts';
import { notGenuine } from './errors.ts';
import { checkDelivery } from './genuine.ts';

const idTokens = {
  ofGoogle: () => Promise.reject(notGenuine('not asked')),
  ofIssuer: () => Promise.reject(notGenuine('not asked')),
};

const judged = (
  type: string,
  { body = '{}', headers = {}, token = 'abc' }: Delivered,
): Promise<boolean> =>
  checkDelivery(
    { headers, body: Buffer.from(body) },
    { spec: new Fields({ type }), secret: new Map([['token', token]]), idTokens },
  ).then(
    () => true,
    () => false,
  );

interface Delivered {
  body?: string;
  headers?: Record<string, string>;
  token?: string;
}

const hmac = (algorithm: string, body: string, token = 'abc') =>
  `${algorithm}=${createHmac(algorithm, token).update(body).digest('hex')}`;
const json = { 'content-type': 'application/json' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const signed = (body: string, headers: Record<string, string>) => ({
  body,
  headers: { ...headers, 'x-hub-signature': hmac('sha1', body) },
});

describe.each(['github', 'bitbucket'])('%s', (type) => {
  test.each([
    { why: 'an empty token asks for nothing', given: { headers: json, token: '' }, want: true },
    {
      why: 'a signature has to be right, though the token is empty',
      given: { headers: { ...json, 'x-hub-signature': 'sha1=00' }, token: '' },
      want: false,
    },
    {
      why: 'SHA-256 goes before SHA-1',
      given: {
        headers: {
          ...json,
          'x-hub-signature': hmac('sha1', '{}'),
          'x-hub-signature-256': 'sha256=00',
        },
      },
      want: false,
    },
    { why: 'a form', given: signed('payload=%7B%7D', form), want: true },
    { why: 'half a percent sign is no form', given: signed('a=%zz', form), want: false },
    { why: 'a semicolon is no form', given: signed('a=b;c=d', form), want: false },
    { why: 'another type of body', given: signed('{}', { 'content-type': ';;' }), want: false },
  ])('$why', async ({ given, want }) => {
    expect(await judged(type, given)).toBe(want);
  });
});

describe('forms of bodies', () => {
  const cdEvent = (type: string) =>
    JSON.stringify({
      context: {
        version: '0.4.1',
        id: '1',
        source: '/ci',
        type,
        timestamp: '2026-01-02T03:04:05Z',
      },
      subject: { id: 'x', content: {} },
    });
  test.each([
    { type: 'quay', body: '{"updated_tags":["a",null]}', want: true },
    { type: 'quay', body: '{"updated_tags":[1]}', want: false },
    { type: 'dockerhub', body: 'null', want: true },
    { type: 'dockerhub', body: '[]', want: false },
    { type: 'acr', body: '{"target":[]}', want: false },
    { type: 'cdevents', body: cdEvent('dev.cdevents.change.merged.0.2.0'), want: true },
    { type: 'cdevents', body: cdEvent('dev.cdevents.change.eaten.0.2.0'), want: false },
    { type: 'cdevents', body: cdEvent('dev.cdevents.change.merged.1.0.0'), want: false },
    { type: 'cdevents', body: cdEvent('dev.cdeventsx.mytool-thing.done.0.1.0'), want: true },
  ])('$type, $body: $want', async ({ type, body, want }) => {
    expect(await judged(type, { body })).toBe(want);
  });
});
