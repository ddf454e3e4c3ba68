/** What recipients get, against requests recorded from the original (testdata/*.json say which). */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../lib/runtime/mod.ts';
import { Fields } from '../runtime/mod.ts';
import type { FluxEvent } from '../runtime/mod.ts';
import { readEvent } from './event.ts';
import type { Outgoing, Settings } from './providers/contract.ts';
import { recipients } from './providers/table.ts';
import { titleCase } from './providers/alerting.ts';
import { traceRequest } from './providers/otlp.ts';
import { checkSlackAnswer } from './providers/slack.ts';
import { splitCamelCase } from './providers/text.ts';

const recorded = (name: string) => {
  const text = readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8');
  const value: unknown = JSON.parse(text);
  return new Fields(value);
};
const file = recorded('payloads.json');
/** Events in odd forms. */
const edges = recorded('edges.json');

const eventOf = (value: unknown): FluxEvent => readEvent(value) ?? fail();
const events = file.list('events').map(eventOf);

const settingsOf = (given: Fields): Settings => ({
  address: given.text('Address') ?? '',
  channel: given.text('Channel') ?? '',
  username: given.text('Username') ?? '',
  password: given.text('Password') ?? '',
  token: given.text('Token') ?? '',
  headers: given.textMap('Headers'),
  secret: new Map(),
  uid: given.text('UID') ?? '',
  commitStatus: given.text('CommitStatus') ?? '',
  alert: { namespace: 'apps', name: 'alert', uid: 'alert-uid' },
  cloud: { clock: systemClock, env: {}, readFile: () => Promise.reject(new Error('no file')) },
  now: () => new Date('2026-01-02T03:04:05Z'),
});

/** Go's maps have no order, so neither have lists made of them, nor lines of texts. */
function unordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(unordered);
    return items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value === 'string')
    return value.includes('\n') ? value.split('\n').sort().join('\n') : value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, unordered(each)]),
  );
}

const compared = [
  'authorization',
  'content-type',
  'dd-api-key',
  'gotk-component',
  'private-token',
  'x-atlassian-token',
  'x-github-api-version',
  'x-my',
  'x-requested-with',
  'x-signature',
];

const textOf = (body: Outgoing['body']): string => Buffer.from(body ?? '').toString('utf8');

function seen({ method: given, url, headers = {}, body }: Outgoing) {
  const method: string = given ?? 'POST';
  const all = Object.entries({ 'content-type': 'application/json', ...headers });
  let read: unknown = textOf(body);
  try {
    read = unordered(JSON.parse(textOf(body)));
  } catch {
    // A form, or nothing.
  }
  return {
    method,
    path: url.replace('http://recipient.example', ''),
    headers: Object.fromEntries(
      all
        .map(([key, value]) => [key.toLowerCase(), value] as const)
        .filter(([key]) => compared.includes(key) && (method !== 'GET' || key !== 'content-type')),
    ),
    body: read,
  };
}

async function requestsOf(type: string, settings: Settings, event: FluxEvent) {
  const sent: Outgoing[] = [];
  const recipient = recipients.get(type);
  if (recipient === undefined) throw new Error(`no ${type}`);
  const post = recipient(settings, (request) => {
    sent.push(request);
    const { url, method } = request;
    const text = url.endsWith('/user')
      ? '{"login":"me","username":"me"}'
      : method === 'GET' && !url.includes('/builds')
        ? '[]'
        : '{}';
    return Promise.resolve({ status: 200, text });
  });
  await post(event);
  return sent;
}

describe('the same requests as the original', () => {
  const rowsOf = (from: Fields, event: (row: Fields) => FluxEvent | undefined) =>
    from.each('cases').map((each) => ({ type: each.text('type') ?? '', each, event: event(each) }));
  test.each([
    ...rowsOf(file, (row) => events[row.count('event') ?? 0]),
    ...rowsOf(edges, (row) => eventOf(row.value['event'])),
  ])('$type', async ({ type, each, event }) => {
    if (event === undefined) throw new Error('no event');
    const settings = settingsOf(each.at('settings'));
    const refused = each.text('refused');
    if (refused !== undefined)
      await expect(requestsOf(type, settings, event)).rejects.toThrow(refused);
    else {
      const sent = await requestsOf(type, settings, event);
      expect(sent.map(seen)).toEqual(each.value['requests']);
    }
  });
});

describe('Sentry', () => {
  const address = 'https://key@sentry.example/sub/42';
  const settings = settingsOf(new Fields({ Address: address, Channel: 'prod' }));
  const sentFor = async (event: FluxEvent, given = settings) => {
    const [sent] = await requestsOf('sentry', given, event);
    const lines = textOf(sent?.body).trim().split('\n');
    const [head, about, item] = lines.map((line): unknown => JSON.parse(line));
    const length = Buffer.byteLength(lines[2] ?? '');
    return { sent, head: new Fields(head), about, item: new Fields(item), length };
  };

  /** What is drawn by lot. */
  const ids = new Set(['event_id', 'trace_id', 'span_id']);
  const withoutIds = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value, (key, each: unknown) => (ids.has(key) ? undefined : each)));

  test.each(edges.each('sentry').map((row) => ({ type: row.text('type'), row })))(
    'the same $type as the original',
    async ({ type, row }) => {
      const { sent, about, item, length } = await sentFor(eventOf(row.value['event']));
      expect(sent?.url).toBe('https://sentry.example/sub/api/42/envelope/');
      expect(sent?.headers?.['x-sentry-auth']?.replace('reflux/1', 'CLIENT')).toBe(
        row.text('auth'),
      );
      expect(about).toEqual({ type, length });
      expect(withoutIds(item.value)).toEqual(row.value['item']);
    },
  );

  test('a DSN with a secret; an event without a time', async () => {
    const dsn = 'https://key:sec@sentry.example/42';
    const event = { ...(events[0] ?? fail()), timestamp: '' };
    const { sent, head, item } = await sentFor(event, { ...settings, address: dsn });
    expect(sent?.headers?.['x-sentry-auth']).toMatch(/sentry_key=key, sentry_secret=sec$/);
    expect(head.text('dsn')).toBe(dsn);
    expect(item.text('timestamp')).toBe('2026-01-02T03:04:05.000Z');
    expect(item.has('start_timestamp')).toBe(false);
  });
});

describe('OpenTelemetry', () => {
  const pairs = (row: Fields) =>
    row.list('attributes').map((each): [string, string] => {
      const [key, value] = Array.isArray(each) ? each.map(String) : [];
      return [key ?? '', value ?? ''];
    });

  test.each(edges.each('otel').map((row) => ({ name: row.text('name') ?? '', row })))(
    '$name: the same bytes as the original',
    ({ name, row }) => {
      const text = (key: string) => row.text(key) ?? '';
      const request = traceRequest({
        resource: [
          ['service.instance.id', text('alert')],
          ['service.name', 'apps/s93'],
          ['service.namespace', 'apps'],
        ],
        scope: 'flux:notification-controller',
        schemaUrl: 'https://opentelemetry.io/schemas/1.34.0',
        span: {
          traceId: text('traceId'),
          spanId: text('spanId'),
          name,
          startNanos: BigInt(text('start')),
          endNanos: BigInt(text('end')),
          attributes: pairs(row),
          failure: row.text('failure'),
        },
      });
      expect(request.toString('base64')).toBe(row.text('base64'));
    },
  );

  test.each([
    { why: 'a host alone', address: 'http://otel.example', path: '/v1/traces' },
    { why: 'a folder is taken as it is', address: 'http://otel.example/', path: '/' },
    { why: 'a path', address: 'http://otel.example/x/traces', path: '/x/traces' },
  ])('$why: one trace for a revision', async ({ address, path }) => {
    const row = edges.each('otel')[0] ?? fail();
    const base = settingsOf(new Fields({ Address: address }));
    const alert = { namespace: 'apps', name: 's93', uid: row.text('alert') ?? '' };
    const metadata = { revision: row.text('revision') ?? '' };
    const event = { ...(events[0] ?? fail()), metadata };
    const [sent] = await requestsOf('otel', { ...base, alert }, event);
    expect(sent?.url).toBe(`http://otel.example${path}`);
    expect(sent?.headers).toEqual({ 'content-type': 'application/x-protobuf' });
    expect(Buffer.from(sent?.body ?? '').toString('hex')).toContain(row.text('traceId'));
  });

  test('what is told of a HelmRepository is not sent', async () => {
    const event = events[0] ?? fail();
    const about = { ...event.involvedObject, kind: 'HelmRepository' };
    const settings = settingsOf(new Fields({ Address: 'http://otel.example' }));
    expect(await requestsOf('otel', settings, { ...event, involvedObject: about })).toEqual([]);
  });
});

describe('what could not be recorded', () => {
  const base = settingsOf(new Fields({ Token: 't', Channel: 'room:7' }));
  const info = { ...(events[0] ?? fail()), metadata: { revision: '1.0.0' } };
  const error = { ...info, severity: 'error' };

  test('Telegram: chat and thread, and escaped text', async () => {
    const [sent] = await requestsOf('telegram', base, { ...error, message: 'a.b (c)' });
    expect(sent?.url).toBe('https://api.telegram.org/bott/sendMessage');
    expect(JSON.parse(textOf(sent?.body))).toEqual({
      chat_id: 'room',
      message_thread_id: '7',
      text: '*🚨 helmrelease/web/apps*\na\\.b \\(c\\)\n\\- *revision*: 1\\.0\\.0\n',
      parse_mode: 'MarkdownV2',
    });
  });

  test('Bitbucket Cloud and Azure DevOps: where states of commits go', async () => {
    const hash = '5394cb7f48332b2de7c17dd8b8384bbc84b7e738';
    const event = { ...info, metadata: { commit: hash } };
    const bitbucket = {
      ...base,
      address: 'https://bitbucket.org/us/app',
      token: 'me:pass',
      commitStatus: 'id',
    };
    expect((await requestsOf('bitbucket', bitbucket, event)).map(({ url }) => url)).toEqual([
      `https://api.bitbucket.org/2.0/repositories/us/app/commit/${hash}/statuses/build/87ea5dfc8b8e384d848979496e706390b497e547`,
      `https://api.bitbucket.org/2.0/repositories/us/app/commit/${hash}/statuses/build`,
    ]);
    const azure = {
      ...base,
      address: 'https://dev.azure.com/org/project/_git/app',
      commitStatus: 'id',
    };
    const [, sent] = await requestsOf('azuredevops', azure, event);
    expect(JSON.parse(textOf(sent?.body))).toEqual({
      context: { genre: 'fluxcd', name: 'id' },
      description: 'install succeeded',
      state: 'succeeded',
    });
  });

  test('a state that is known already is not sent again', async () => {
    const sent: Outgoing[] = [];
    const settings = { ...base, address: 'https://github.com/us/app', commitStatus: 'id' };
    const post = recipients.get('github')?.(settings, (request) => {
      sent.push(request);
      const text = '[{"context":"id","state":"success","description":"install succeeded"}]';
      return Promise.resolve({ status: 200, text });
    });
    await post?.({ ...info, metadata: { commit: '5'.repeat(40) } });
    expect(sent.map(({ method }) => method)).toEqual(['GET']);
    await expect(post?.(info)).rejects.toThrow(
      "failed to extract commit hash from '1.0.0' revision",
    );
  });

  test("Slack's API says ok, or why not", () => {
    expect(() => checkSlackAnswer({ status: 200, text: '{"ok":true}' })).not.toThrow();
    expect(() =>
      checkSlackAnswer({ status: 200, text: '{"ok":false,"error":"no_channel"}' }),
    ).toThrow('Slack responded with error: no_channel');
  });

  test.each([
    ['PDFLoader', ['PDF', 'Loader']],
    ['InstallSucceeded', ['Install', 'Succeeded']],
    ['simple', ['simple']],
    ['GL11Version', ['GL', '11', 'Version']],
    ['', []],
  ])('words of %j', (text, want) => {
    expect(splitCamelCase(text)).toEqual(want);
  });

  test('titles', () => {
    expect(titleCase('ReconciliationSucceeded')).toBe('Reconciliationsucceeded');
    expect(titleCase('PDFLoader11Ünïcode_x')).toBe('Pdfloader11ünïcode_x');
  });

  test('Zulip: a form as Go writes it', async () => {
    const settings = { ...base, address: 'https://zulip.example', channel: 'flux/a b' };
    const [sent] = await requestsOf('zulip', settings, { ...info, message: '~s~ *b*' });
    expect(textOf(sent?.body)).toContain('~s~+%2Ab%2A');
    expect(textOf(sent?.body)).toMatch(/&to=flux&topic=a\+b&type=stream$/);
  });
});

function fail(): never {
  throw new Error('no event');
}
