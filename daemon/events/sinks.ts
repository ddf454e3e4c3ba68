/** Where events go: v1's upstream, Slack, Teams, Discord, any webhook. */
import { Fault, messageOf } from '../../lib/runtime/mod.ts';
import type { ToldEvent } from './event.ts';
import type { EventSink } from './teller.ts';

export type ChatKind = 'slack' | 'teams' | 'discord' | 'generic';

const kinds: readonly ChatKind[] = ['slack', 'teams', 'discord', 'generic'];

/** Longest text of a chat message, in characters. */
const longest: Readonly<Record<ChatKind, number>> = {
  slack: 30_000,
  teams: 20_000,
  discord: 2000,
  generic: Infinity,
};

const limitMs = 10_000;

/**
 * Reads `slack=https://…`.
 *
 * @param readSecret reads a file, for `slack=@/path`: the URLs of chats are secrets
 * @throws Fault `BadNotify`
 */
export async function chatSink(
  text: string,
  readSecret: (file: string) => Promise<string>,
): Promise<EventSink> {
  const at = text.indexOf('=');
  const kind = kinds.find((one) => one === text.slice(0, Math.max(0, at)));
  const given = text.slice(at + 1);
  const bad = (why: string) => new Fault('BadNotify', 'stall', '--notify', `--notify: ${why}`);
  if (kind === undefined)
    throw bad(`expected KIND=URL or KIND=@FILE, with KIND one of ${kinds.join(', ')}`);
  let url = given;
  if (given.startsWith('@')) {
    try {
      url = (await readSecret(given.slice(1))).trim();
    } catch (thrown) {
      throw bad(`${given.slice(1)} cannot be read: ${messageOf(thrown)}`);
    }
  }
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw bad(`what is given for ${kind} is no http(s) URL`);
  return {
    name: `${kind} at ${new URL(url).host}`,
    post: (told) => postJson(url, chatBody(kind, told), {}),
  };
}

export function chatBody(kind: ChatKind, { event, text, problems }: ToldEvent): unknown {
  const whole = [text, ...problems.map((problem) => `• ${problem}`)].join('\n');
  const short = whole.length > longest[kind] ? `${whole.slice(0, longest[kind] - 1)}…` : whole;
  switch (kind) {
    case 'slack':
      return { text: short };
    case 'discord':
      return { content: short };
    case 'teams':
      return {
        type: 'message',
        attachments: [
          {
            contentType: 'application/vnd.microsoft.card.adaptive',
            content: {
              type: 'AdaptiveCard',
              $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
              version: '1.4',
              body: [{ type: 'TextBlock', text: short, wrap: true }],
            },
          },
        ],
      };
    case 'generic':
      return { ...event, text, problems };
  }
}

/** `--connect`: events are posted below it as JSON; its websocket is not served. @throws Fault `BadConnect` */
export function upstreamSink(connect: string, token: string): EventSink {
  if (!URL.canParse(connect))
    throw new Fault('BadConnect', 'stall', '--connect', `--connect: ${connect} is no URL`);
  const url = new URL(connect);
  const protocols: Readonly<Record<string, string>> = {
    'ws:': 'http:',
    'wss:': 'https:',
    'http:': 'http:',
    'https:': 'https:',
  };
  const protocol = protocols[url.protocol];
  if (protocol === undefined)
    throw new Fault(
      'BadConnect',
      'stall',
      '--connect',
      `--connect: ${url.protocol} is none of ws, wss, http, https`,
    );
  // A URL's scheme can only be changed between schemes of one kind.
  const base = `${protocol}${connect.slice(url.protocol.length)}`.replace(/\/$/, '');
  return {
    name: new URL(base).host,
    post: ({ event }) =>
      postJson(
        `${base}/v6/events`,
        event,
        token === '' ? {} : { authorization: `Scope-Probe token=${token}` },
      ),
  };
}

async function postJson(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const { host } = new URL(url);
  const refused = (why: string, cause?: unknown) =>
    new Fault('EventRefused', 'retry', host, `posting an event to ${host}: ${why}`, { cause });
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(limitMs),
    });
  } catch (cause) {
    const inner = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
    throw refused(messageOf(inner), cause);
  }
  const answer = await response.text();
  if (!response.ok) throw refused(`${response.status} ${answer.slice(0, 200)}`);
}
