/** Events: what they say, where they go, and that none is lost for the upstream. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { memoryLogger } from '../../lib/runtime/mod.ts';
import type { CommitNote } from '../../lib/wire/mod.ts';
import { commitEvent, syncEvents } from './event.ts';
import { chatBody, chatSink, upstreamSink } from './sinks.ts';
import { createTeller } from './teller.ts';

const at = new Date('2020-01-02T03:04:05Z');
const cause = { Message: 'because', User: 'Ann' };
const result = {
  'demo:deployment/a': {
    Status: 'success' as const,
    PerContainer: [{ Container: 'app', Current: 'o/app:1', Target: 'o/app:2' }],
  },
  'demo:deployment/b': { Status: 'ignored' as const, Error: 'not included' },
};
const note = (spec: CommitNote['spec']): CommitNote => ({ jobID: 'j', spec, result });
const commit = (revision: string, given?: CommitNote) => ({
  revision,
  message: `m ${revision}`,
  signature: 'N',
  signingKey: '',
  note: given,
});
const release = (ServiceSpecs: string[]): CommitNote['spec'] => ({
  type: 'image',
  cause,
  spec: { ServiceSpecs, ImageSpec: 'o/app:2', Kind: 'execute', Excludes: null, Force: false },
});
const auto: CommitNote['spec'] = { type: 'auto', cause, spec: { Changes: [] } };
const sync = (commits: ReturnType<typeof commit>[], initial = false) =>
  syncEvents({
    commits,
    changed: ['demo:deployment/b', 'demo:deployment/a'],
    errors: [{ id: 'demo:deployment/c', path: 'c.yaml', error: 'no' }],
    initial,
    span: { from: at, to: at },
  });

describe('events say', () => {
  test.each([
    [[commit('aaaaaaaaaa')], ['Sync: aaaaaaa, demo:deployment/a, demo:deployment/b']],
    [
      [commit('cccccccccc'), commit('bbbbbbbbbb'), commit('aaaaaaaaaa')],
      ['Sync: aaaaaaa..ccccccc, demo:deployment/a, demo:deployment/b'],
    ],
    [
      [commit('aaaaaaaaaa', note(release(['demo:deployment/a'])))],
      [
        'Sync: aaaaaaa, demo:deployment/a, demo:deployment/b',
        'Released: o/app:2 to demo:deployment/a, by Ann, with message "because"',
      ],
    ],
    [
      [commit('aaaaaaaaaa', note(release(['<all>'])))],
      [
        'Sync: aaaaaaa, demo:deployment/a, demo:deployment/b',
        'Released: o/app:2 to all workloads, by Ann, with message "because"',
      ],
    ],
    [
      [commit('aaaaaaaaaa', note(auto))],
      ['Sync: aaaaaaa, demo:deployment/a, demo:deployment/b', 'Automated release of o/app:2'],
    ],
  ])('%#', (commits, texts) => {
    expect(sync(commits).map(({ text }) => text)).toEqual(texts);
  });

  test('what the original posts', () => {
    const [whole, released] = sync([commit('aaaaaaaaaa', note(auto)), commit('bbbbbbbbbb')]);
    expect(whole?.event).toEqual({
      id: 0,
      serviceIDs: ['demo:deployment/a', 'demo:deployment/b'],
      type: 'sync',
      startedAt: '2020-01-02T03:04:05.000Z',
      endedAt: '2020-01-02T03:04:05.000Z',
      logLevel: 'info',
      metadata: {
        commits: [
          { revision: 'aaaaaaaaaa', message: 'm aaaaaaaaaa' },
          { revision: 'bbbbbbbbbb', message: 'm bbbbbbbbbb' },
        ],
        includes: { autorelease: true, other: true },
        errors: [{ ID: 'demo:deployment/c', Path: 'c.yaml', Error: 'no' }],
      },
    });
    expect(released?.event).toMatchObject({
      type: 'autorelease',
      serviceIDs: ['demo:deployment/a'],
      metadata: { Revision: 'aaaaaaaaaa', result, spec: { Changes: [] } },
    });
  });

  test('nothing of notes on an initial sync', () => {
    const events = sync([commit('aaaaaaaaaa', note(auto))], true);
    expect(events.map(({ event }) => [event.type, event.metadata.initialSync])).toEqual([
      ['sync', true],
    ]);
  });
});

describe('posting', () => {
  let server: Server;
  let base: string;
  let status: number;
  let posts: { url: string; token: string; body: unknown }[];
  const told = commitEvent('aaaaaaaaaa', auto, result, at);

  beforeEach(async () => {
    [status, posts] = [200, []];
    server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        posts.push({
          url: request.url ?? '',
          token: request.headers.authorization ?? '',
          body: JSON.parse(text),
        });
        response.writeHead(status).end('so it is');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(() => new Promise((resolve) => server.close(resolve)));

  test('an upstream that is given as a websocket gets the event by HTTP', async () => {
    await upstreamSink(`ws://${base}/api/`, 'T').post(told);
    expect(posts).toEqual([
      { url: '/api/v6/events', token: 'Scope-Probe token=T', body: told.event },
    ]);
  });

  test('the upstream has to take it; a chat may miss it', async () => {
    const log = memoryLogger();
    const chat = await chatSink(`slack=http://${base}/secret`, () => Promise.resolve(''));
    status = 500;
    await createTeller({ upstream: undefined, chats: [chat], log })(told);
    expect(log.records).toContainEqual({
      warning: 'an event could not be posted',
      to: `slack at ${base}`,
      err: `posting an event to ${base}: 500 so it is`,
    });
    const upstream = upstreamSink(`http://${base}`, '');
    await expect(createTeller({ upstream, chats: [], log })(told)).rejects.toMatchObject({
      reason: 'EventRefused',
    });
  });

  test('a URL may stand in a file', async () => {
    const chat = await chatSink('discord=@/url', () => Promise.resolve(`http://${base}/x\n`));
    await chat.post({ ...told, problems: ['c: no'] });
    expect(posts[0]?.body).toEqual({ content: 'Commit: aaaaaaa, demo:deployment/a\n• c: no' });
  });

  test.each(['slack', 'irc=http://x', 'slack=ftp://x'])('refuses --notify=%s', async (text) => {
    await expect(chatSink(text, () => Promise.resolve(''))).rejects.toMatchObject({
      reason: 'BadNotify',
    });
  });
});

test('messages are no longer than a chat takes', () => {
  const told = { ...commitEvent('a', auto, {}, at), text: 'x'.repeat(5000) };
  const body = chatBody('discord', told) as { content: string };
  expect(body.content).toHaveLength(2000);
});
