/** Against a server that speaks as much of NATS' protocol as a message needs. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { nkeys } from '@nats-io/transport-node';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../lib/runtime/mod.ts';
import { Fields } from '../runtime/mod.ts';
import { readEvent } from './event.ts';
import type { Settings } from './providers/contract.ts';
import { nats } from './providers/nats.ts';

const nonce = 'a-nonce';
let asked: Record<string, unknown>[];
let published: { subject: string; body: string }[];

const server = createServer((socket) => {
  socket.on('error', () => undefined);
  socket.write(
    `INFO ${JSON.stringify({ server_id: 'x', version: '2.10.0', max_payload: 1048576, headers: true, nonce })}\r\n`,
  );
  let rest = '';
  socket.on('data', (chunk: Buffer) => {
    rest += chunk.toString();
    for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
      const line = rest.slice(0, end);
      rest = rest.slice(end + 2);
      const [verb, subject = '', size = ''] = line.split(' ');
      if (verb === 'CONNECT') {
        const sent: unknown = JSON.parse(line.slice('CONNECT '.length));
        const options = new Fields({ sent }).at('sent');
        asked.push(options.value);
        if (options.text('pass') === 'wrong') socket.end("-ERR 'Authorization Violation'\r\n");
      } else if (verb === 'PING') socket.write('PONG\r\n');
      else if (verb === 'PUB') {
        const body = rest.slice(0, Number(size));
        rest = rest.slice(Number(size) + 2);
        if (subject === 'forbidden')
          socket.write(`-ERR 'Permissions Violation for Publish to "forbidden"'\r\n`);
        else published.push({ subject, body });
      }
    }
  });
});
let address: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `nats://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  asked = [];
  published = [];
});

const event = readEvent({
  involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'apps', name: 'web' },
  severity: 'info',
  timestamp: '2026-01-02T03:04:05Z',
  message: 'all is well',
  reason: 'Good',
  reportingController: 'kustomize-controller',
});

function sending(given: Partial<Settings>): Promise<void> {
  if (event === undefined) throw new Error('no event');
  const settings: Settings = {
    address,
    channel: 'flux.events',
    username: '',
    password: '',
    token: '',
    headers: {},
    secret: new Map(),
    uid: '',
    commitStatus: '',
    alert: { namespace: 'apps', name: 'alert', uid: '' },
    cloud: { clock: systemClock, env: {}, readFile: () => Promise.reject(new Error('no file')) },
    now: () => new Date(),
    ...given,
  };
  return nats(settings, () => Promise.reject(new Error('HTTP is not used')))(event);
}

test('an event as it is, on its subject', async () => {
  await sending({});
  expect(published.map(({ subject }) => subject)).toEqual(['flux.events']);
  expect(JSON.parse(published[0]?.body ?? '')).toMatchObject({
    involvedObject: { kind: 'Pod', name: 'web' },
    message: 'all is well',
  });
  expect(asked[0]).toMatchObject({ name: 'NATS Provider Publisher' });
});

test.each([
  { why: 'of the Secret', given: { username: 'you', password: 'pw' }, wanted: ['you', 'pw'] },
  { why: 'of the address', given: {}, wanted: ['me', 'p@w'] },
])('user and password $why', async ({ given, wanted }) => {
  await sending({ address: address.replace('//', '//me:p%40w@'), ...given });
  expect([asked[0]?.['user'], asked[0]?.['pass']]).toEqual(wanted);
});

test('the seed of a key signs what the server says', async () => {
  const pair = nkeys.createUser();
  const seed = new TextDecoder().decode(pair.getSeed());
  await sending({ secret: new Map([['nkey', seed]]), username: 'you', password: 'pw' });
  expect(asked[0]).toMatchObject({ nkey: pair.getPublicKey() });
  expect(asked[0]?.['user']).toBeUndefined();
  const signature = Buffer.from(String(asked[0]?.['sig']), 'base64url');
  expect(pair.verify(Buffer.from(nonce), signature)).toBe(true);
});

test('a credentials file', async () => {
  const pair = nkeys.createUser();
  const seed = new TextDecoder().decode(pair.getSeed());
  const creds = `-----BEGIN NATS USER JWT-----\nthe.jwt.text\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`;
  await sending({ secret: new Map([['creds', creds]]) });
  expect(asked[0]).toMatchObject({ jwt: 'the.jwt.text' });
});

test.each([
  {
    why: 'the wrong password',
    given: { username: 'you', password: 'wrong' },
    says: /error publishing event to subject flux.events: error connecting to server: .*Authorization/i,
  },
  {
    why: 'a subject that is forbidden',
    given: { channel: 'forbidden' },
    says: /error publishing message to server: .*Permissions Violation/i,
  },
  {
    why: 'a seed that is none',
    given: { secret: new Map([['nkey', 'SUXX']]) },
    says: /error parsing nkey seed/,
  },
])('$why', async ({ given, says }) => {
  await expect(sending(given)).rejects.toThrow(says);
});

test('no server and no subject are told at once', () => {
  expect(() => sending({ address: '' })).toThrow('NATS server (address) cannot be empty');
  expect(() => sending({ channel: '' })).toThrow('NATS subject (channel) cannot be empty');
});
