/** Webhooks over HTTP, with the payloads that hosts send. */
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { memoryLogger } from '../../lib/runtime/mod.ts';
import { sameRepository } from './payload.ts';
import type { HookKind, HookNews } from './payload.ts';
import { createHookServer, hookSecrets } from './server.ts';

const secret = 'hush';
let news: HookNews[];
let server: ReturnType<typeof createHookServer>;

beforeEach(() => {
  news = [];
  const kinds: HookKind[] = [
    'github',
    'gitlab',
    'bitbucket',
    'dockerhub',
    'harbor',
    'quay',
    'generic',
  ];
  server = createHookServer({
    secrets: new Map(kinds.map((kind) => [kind, secret])),
    onNews: (one) => news.push(one),
    log: memoryLogger(),
  });
});

afterEach(() => server.close());

const hmac = (body: string) => createHmac('sha256', secret).update(body).digest('hex');

const send = (kind: string, headers: Record<string, string>, body: string, query = '') =>
  server.inject({
    method: 'POST',
    url: `/hooks/${kind}${query}`,
    headers: { 'content-type': 'application/json', ...headers },
    payload: body,
  });

interface Case {
  why: string;
  kind: HookKind;
  headers?: Record<string, string>;
  /** Header that carries the signature of the body. */
  signed?: string;
  query?: string;
  body: unknown;
  want: HookNews;
}

const image = (domain: string, name: string): HookNews => ({
  git: [],
  images: [{ domain, image: name }],
});

const cases: Case[] = [
  {
    why: 'a push on GitHub',
    kind: 'github',
    headers: { 'x-github-event': 'push' },
    signed: 'x-hub-signature-256',
    body: {
      ref: 'refs/heads/main',
      repository: { ssh_url: 'git@github.com:o/r.git', clone_url: 'https://github.com/o/r.git' },
    },
    want: {
      git: [{ urls: ['git@github.com:o/r.git', 'https://github.com/o/r.git'], branches: ['main'] }],
      images: [],
    },
  },
  {
    why: 'a package on GHCR',
    kind: 'github',
    headers: { 'x-github-event': 'package' },
    signed: 'x-hub-signature-256',
    body: { package: { name: 'app', namespace: 'Org' } },
    want: image('ghcr.io', 'org/app'),
  },
  {
    why: 'a ping of GitHub',
    kind: 'github',
    headers: { 'x-github-event': 'ping' },
    signed: 'x-hub-signature-256',
    body: { zen: '' },
    want: { git: [], images: [] },
  },
  {
    why: 'a push on GitLab',
    kind: 'gitlab',
    headers: { 'x-gitlab-token': secret },
    body: {
      object_kind: 'push',
      ref: 'refs/heads/master',
      project: { git_ssh_url: 'git@gitlab.com:o/r.git' },
    },
    want: { git: [{ urls: ['git@gitlab.com:o/r.git'], branches: ['master'] }], images: [] },
  },
  {
    why: 'a push on Bitbucket',
    kind: 'bitbucket',
    headers: { 'x-event-key': 'repo:push' },
    signed: 'x-hub-signature',
    body: { repository: { full_name: 'o/r' }, push: { changes: [{ new: { name: 'main' } }] } },
    want: {
      git: [
        { urls: ['git@bitbucket.org:o/r.git', 'https://bitbucket.org/o/r'], branches: ['main'] },
      ],
      images: [],
    },
  },
  {
    why: 'a push to Docker Hub',
    kind: 'dockerhub',
    query: `?token=${secret}`,
    body: { push_data: { tag: 'x' }, repository: { repo_name: 'o/app' } },
    want: image('', 'o/app'),
  },
  {
    why: 'a push to Quay',
    kind: 'quay',
    query: `?token=${secret}`,
    body: { docker_url: 'quay.io/o/app', updated_tags: ['x'] },
    want: image('quay.io', 'o/app'),
  },
  {
    why: 'a push to Harbor',
    kind: 'harbor',
    headers: { authorization: secret },
    body: {
      type: 'PUSH_ARTIFACT',
      event_data: { resources: [{ tag: '1', resource_url: 'harbor.example.com/lib/app:1' }] },
    },
    want: image('harbor.example.com', 'lib/app'),
  },
  {
    why: 'anything that signs',
    kind: 'generic',
    signed: 'x-signature-256',
    body: { image: 'registry.example.com/app' },
    want: image('registry.example.com', 'app'),
  },
];

test.each(cases)('$why', async ({ kind, headers = {}, signed, query = '', body, want }) => {
  const text = JSON.stringify(body);
  const all = signed === undefined ? headers : { ...headers, [signed]: `sha256=${hmac(text)}` };
  expect((await send(kind, all, text, query)).statusCode).toBe(202);
  expect(news).toEqual([want]);
});

test.each(cases)('is refused without the secret: $why', async ({ kind, headers = {}, body }) => {
  const { authorization: _a, 'x-gitlab-token': _t, ...others } = headers;
  expect((await send(kind, others, JSON.stringify(body), '?token=x')).statusCode).toBe(401);
  expect(news).toEqual([]);
});

describe('refuses', () => {
  test('another kind', async () => {
    expect((await send('svn', {}, '{}')).statusCode).toBe(404);
  });

  test('what is no JSON', async () => {
    const signature = { 'x-signature-256': hmac('{') };
    expect((await send('generic', signature, '{')).statusCode).toBe(400);
  });

  test('a body of more than 25 MiB, signed or not', async () => {
    const body = JSON.stringify({ image: 'x'.repeat(25 * 1024 * 1024) });
    const signature = { 'x-signature-256': hmac(body) };
    expect((await send('generic', signature, body)).statusCode).toBe(413);
    expect(news).toEqual([]);
  });

  test.each(['github', 'github=x', 'svn=@/f', 'github=@/empty'])('the flag %s', async (flag) => {
    await expect(hookSecrets([flag], () => Promise.resolve(' \n'))).rejects.toMatchObject({
      reason: 'BadWebhook',
    });
  });
});

test.each([
  ['git@github.com:o/r.git', 'https://github.com/o/r', true],
  ['ssh://git@github.com/o/r', 'git@github.com:o/r.git', true],
  ['ssh://git@host:2222/o/r.git', 'git@host:o/r', true],
  ['https://user@github.com/O/r/', 'https://github.com/o/r.git', true],
  ['git@github.com:o/r', 'git@github.com:o/r2', false],
  ['git@github.com:o/r', 'git@gitlab.com:o/r', false],
])('%s and %s are one repository: %s', (a, b, want) => {
  expect(sameRepository(a, b)).toBe(want);
});
