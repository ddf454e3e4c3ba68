/** Slack, and those that take what Slack takes: Discord, Rocket.Chat. */
import { isRecord } from '../../../lib/runtime/mod.ts';
import type { FluxEvent } from '../../runtime/mod.ts';
import { notSent } from '../errors.ts';
import { bearer, checkUrl, expectSuccess, goJson, posting } from './contract.ts';
import type { Answer, Recipient } from './contract.ts';
import { entriesOf, isError, objectName } from './text.ts';

interface Look {
  channel: string;
  username: string;
  colors: readonly [good: string, bad: string];
  fallback: boolean;
}

function payload(event: FluxEvent, { channel, username, colors, fallback }: Look) {
  const author = objectName(event);
  const attachment = {
    fallback: fallback ? `${author}: ${event.message.split('\n')[0] ?? ''}` : '',
    color: colors[isError(event) ? 1 : 0],
    author_name: author,
    text: event.message,
    mrkdwn_in: ['text'],
    fields: entriesOf(event).map(([title, value]) => ({ title, value, short: false })),
  };
  return { channel, username, icon_url: '', icon_emoji: '', attachments: [attachment] };
}

const slackColors = ['good', 'danger'] as const;

export const slack: Recipient = ({ address, channel, username, token }, send) => {
  checkUrl(address, 'Slack hook URL');
  const check =
    address === 'https://slack.com/api/chat.postMessage' ? checkSlackAnswer : expectSuccess;
  return async (event) => {
    const look = { channel, colors: slackColors, fallback: true };
    const body = payload(event, { ...look, username: username || event.reportingController });
    check(await send({ url: address, headers: bearer(token), body: goJson(body) }));
  };
};

/** The API answers 200 whatever happened, and says in the body how it went. */
export function checkSlackAnswer({ text }: Answer): void {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch (cause) {
    throw notSent('request failed: unable to unmarshal response body', cause);
  }
  if (isRecord(said) && said['ok'] === true) return;
  const why = isRecord(said) && typeof said['error'] === 'string' ? said['error'] : '';
  throw notSent(`request failed: Slack responded with error: ${why}`);
}

export const discord: Recipient = ({ address, username }, send) => {
  const url = checkUrl(address, 'Discord hook URL');
  if (!address.endsWith('/slack')) url.pathname = `${url.pathname}/slack`.replace(/\/{2,}/g, '/');
  const look = { channel: '', colors: slackColors, fallback: false };
  return posting(send, url.href, (event) =>
    payload(event, { ...look, username: username || event.reportingController }),
  );
};

export const rocket: Recipient = ({ address, channel, username }, send) => {
  checkUrl(address, 'Rocket hook URL');
  const look: Look = { channel, username, colors: ['#0076D7', '#FF0000'], fallback: false };
  return posting(send, address, (event) => payload(event, look));
};
