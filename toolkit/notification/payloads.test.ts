/** What recipients get, against requests recorded from the original (testdata/payloads.json says which). */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../lib/runtime/mod.ts';
import { Fields } from '../runtime/mod.ts';
import type { FluxEvent } from '../runtime/mod.ts';
import { readEvent } from './event.ts';
import type { Outgoing, Settings } from './providers/contract.ts';
import { recipients } from './providers/table.ts';
import { titleCase } from './providers/alerting.ts';
import { checkSlackAnswer } from './providers/slack.ts';
import { splitCamelCase } from './providers/text.ts';

const recorded: unknown = JSON.parse(
  readFileSync(new URL('testdata/payloads.json', import.meta.url), 'utf8'),
);
const file = new Fields(recorded);
const events = file.list('events').map((each) => {
  const event = readEvent(each);
  if (event === undefined) throw new Error('no event');
  return event;
});

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
  'x-my',
  'x-requested-with',
  'x-signature',
];

function seen({ method: given, url, headers = {}, body }: Outgoing) {
  const method: string = given ?? 'POST';
  const all = Object.entries({ 'content-type': 'application/json', ...headers });
  let read: unknown = body ?? '';
  try {
    read = unordered(JSON.parse(body ?? ''));
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
  const cases = file.each('cases').map((each) => ({ type: each.text('type') ?? '', each }));
  test.each(cases)('$type', async ({ type, each }) => {
    const event = events[each.count('event') ?? 0];
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

describe('what could not be recorded', () => {
  const base = settingsOf(new Fields({ Token: 't', Channel: 'room:7' }));
  const info = { ...(events[0] ?? fail()), metadata: { revision: '1.0.0' } };
  const error = { ...info, severity: 'error' };

  test('Telegram: chat and thread, and escaped text', async () => {
    const [sent] = await requestsOf('telegram', base, { ...error, message: 'a.b (c)' });
    expect(sent?.url).toBe('https://api.telegram.org/bott/sendMessage');
    expect(JSON.parse(sent?.body ?? '')).toEqual({
      chat_id: 'room',
      message_thread_id: '7',
      text: '*🚨 helmrelease/web/apps*\na\\.b \\(c\\)\n\\- *revision*: 1\\.0\\.0\n',
      parse_mode: 'MarkdownV2',
    });
  });

  test('Sentry: errors as events, all else as transactions', async () => {
    const settings = { ...base, address: 'https://key@sentry.example/sub/42', channel: 'prod' };
    const envelope = async (event: FluxEvent) => {
      const [sent] = await requestsOf('sentry', settings, event);
      expect(sent?.url).toBe('https://sentry.example/sub/api/42/envelope/');
      expect(sent?.headers?.['x-sentry-auth']).toMatch(/sentry_key=key$/);
      return (sent?.body ?? '')
        .trim()
        .split('\n')
        .map((line): unknown => JSON.parse(line));
    };
    expect((await envelope(error))[1]).toEqual({ type: 'event' });
    expect((await envelope(error))[2]).toMatchObject({
      level: 'error',
      environment: 'prod',
      transaction: 'HelmRelease: apps/web',
      contexts: { metadata: { revision: '1.0.0' } },
    });
    expect((await envelope(info))[1]).toEqual({ type: 'transaction' });
  });

  test('OpenTelemetry: one trace for a revision', async () => {
    const settings = { ...base, address: 'https://otel.example' };
    const [first] = await requestsOf('otel', settings, info);
    const [second] = await requestsOf('otel', settings, { ...error, message: 'other' });
    const spanOf = (sent: Outgoing | undefined) =>
      new Fields(JSON.parse(sent?.body ?? ''))
        .each('resourceSpans')[0]
        ?.each('scopeSpans')[0]
        ?.each('spans')[0];
    expect(first?.url).toBe('https://otel.example/v1/traces');
    expect(spanOf(first)?.text('name')).toBe('HelmRelease: apps/web');
    expect(spanOf(first)?.text('traceId')).toBe(spanOf(second)?.text('traceId'));
    expect(spanOf(first)?.text('spanId')).not.toBe(spanOf(second)?.text('spanId'));
    expect(spanOf(second)?.at('status').value).toEqual({ code: 2, message: 'other' });
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
    expect(JSON.parse(sent?.body ?? '')).toEqual({
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
  });
});

function fail(): never {
  throw new Error('no event');
}
