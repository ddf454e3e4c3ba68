/** Recipients that show a text: Webex, Telegram, Matrix, Zulip, Zoom. */
import { createHash } from 'node:crypto';
import type { FluxEvent } from '../../runtime/mod.ts';
import { invalidProvider } from '../errors.ts';
import { basic, checkUrl, expectSuccess, goJson, posting } from './contract.ts';
import type { Recipient } from './contract.ts';
import { entriesOf, eventJson, isError, markdown, objectName } from './text.ts';

export const webex: Recipient = ({ address, channel, token }, send) => {
  checkUrl(address, 'Webex hook URL');
  const text = (event: FluxEvent) => {
    const emoji = isError(event) ? '💣' : '✅';
    const lines = entriesOf(event).map(([key, value]) => `>**${key}**: ${value}\n`);
    return `${emoji} **${objectName(event)}**\n${event.message}\n${lines.join('')}`;
  };
  return posting(
    send,
    address,
    (event) => ({ ...(channel === '' ? {} : { roomId: channel }), markdown: text(event) }),
    () => ({ authorization: `Bearer ${token}` }),
  );
};

export const telegram: Recipient = ({ channel, token }, send) => {
  if (channel === '') throw invalidProvider('empty Telegram channel');
  if (token === '') throw invalidProvider('empty Telegram token');
  const [chat = '', ...rest] = channel.split(':');
  const thread = channel.includes(':') ? rest.join(':') : '';
  return posting(send, `https://api.telegram.org/bot${token}/sendMessage`, (event) => {
    const { kind, name, namespace } = event.involvedObject;
    const heading = `${isError(event) ? '🚨' : '💫'} ${kind.toLowerCase()}/${name}/${namespace}`;
    const lines = entriesOf(event).map(
      ([key, value]) => `\\- *${escaped(key)}*: ${escaped(value)}\n`,
    );
    return {
      chat_id: chat,
      ...(thread === '' ? {} : { message_thread_id: thread }),
      text: `*${escaped(heading)}*\n${escaped(event.message)}\n${lines.join('')}`,
      parse_mode: 'MarkdownV2',
    };
  });
};

/** For MarkdownV2: whatever has a meaning gets a backslash. */
export const escaped = (text: string): string => text.replace(/[\\.\-_[\]()~>`#+=|{}!*]/g, '\\$&');

export const matrix: Recipient = ({ address, channel, token }, send) => {
  checkUrl(address, 'Matrix homeserver URL');
  return async (event) => {
    // The same event twice is one message: the server knows it by this.
    const id = createHash('sha1')
      .update(goJson(eventJson(event)))
      .digest('hex');
    const lines = entriesOf(event).map(([key, value]) => `- ${key}: ${value}\n`);
    const heading = `${isError(event) ? '🚨' : '💫'} ${objectName(event)}`;
    expectSuccess(
      await send({
        method: 'PUT',
        url: `${address}/_matrix/client/r0/rooms/${channel}/send/m.room.message/${id}`,
        headers: { authorization: `Bearer ${token}` },
        body: goJson({
          body: `${heading}\n${event.message}\n${lines.join('')}`,
          msgtype: 'm.text',
        }),
      }),
    );
  };
};

export const zulip: Recipient = ({ address, channel, username, password }, send) => {
  const url = checkUrl(address, 'Zulip endpoint URL');
  url.pathname = '/api/v1/messages';
  const [, stream = '', topic = ''] = /^([^/]+)\/(.+)$/s.exec(channel) ?? [];
  if (stream === '')
    throw invalidProvider(
      `invalid Zulip channel format, expected <channel>/<topic>, got '${channel}'`,
    );
  return async (event) => {
    const form = { content: markdown(event), to: stream, topic, type: 'stream' };
    expectSuccess(
      await send({
        url: url.href,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          ...(username === '' && password === '' ? {} : basic(username, password)),
        },
        // Go's encoder leaves no asterisks, but tildes.
        body: new URLSearchParams(form).toString().replaceAll('*', '%2A').replaceAll('%7E', '~'),
      }),
    );
  };
};

export const zoom: Recipient = ({ address, token }, send) => {
  const url = checkUrl(address, 'Zoom incoming webhook URL');
  if (token === '') throw invalidProvider('empty Zoom verification token');
  if ((url.searchParams.get('format') ?? '') === '') url.searchParams.set('format', 'full');
  return posting(
    send,
    url.href,
    (event) => {
      const items = entriesOf(event).map(([key, value]) => ({ key, value }));
      const message = { type: 'message', ...(event.message === '' ? {} : { text: event.message }) };
      return {
        content: {
          head: { text: objectName(event), sub_head: { text: event.severity } },
          body: items.length === 0 ? [message] : [message, { type: 'fields', items }],
        },
      };
    },
    () => ({ authorization: token }),
  );
};
