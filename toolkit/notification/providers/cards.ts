/** Recipients that show cards: Microsoft Teams, Google Chat, Lark. */
import type { FluxEvent } from '../../runtime/mod.ts';
import { checkUrl, posting } from './contract.ts';
import type { Recipient } from './contract.ts';
import { entriesOf, isError, objectName } from './text.ts';

export const msteams: Recipient = ({ address }, send) => {
  const { hostname } = checkUrl(address, 'MS Teams webhook URL');
  const isConnector = hostname.endsWith('.webhook.office.com');
  return posting(send, address, isConnector ? messageCard : adaptiveCard);
};

/** For the connectors of old. */
function messageCard(event: FluxEvent): unknown {
  const name = objectName(event);
  return {
    '@type': 'MessageCard',
    '@context': 'http://schema.org/extensions',
    themeColor: isError(event) ? 'FF0000' : '0076D7',
    summary: name,
    sections: [
      {
        activityTitle: event.message,
        activitySubtitle: name,
        facts: entriesOf(event).map(([key, value]) => ({ name: key, value })),
      },
    ],
  };
}

function adaptiveCard(event: FluxEvent): unknown {
  const isSummary = ([key]: [string, string]) => key === 'summary';
  const entries = entriesOf(event);
  const ordered = [...entries.filter(isSummary), ...entries.filter((each) => !isSummary(each))];
  const facts = ordered.map(([title, value]) => ({ title, value }));
  const message = event.message === '' ? {} : { text: event.message };
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            {
              type: 'Container',
              items: [
                {
                  type: 'TextBlock',
                  text: objectName(event),
                  size: 'large',
                  weight: 'bolder',
                  wrap: true,
                },
                {
                  type: 'TextBlock',
                  ...message,
                  ...(isError(event) ? { color: 'attention' } : {}),
                  wrap: true,
                },
                { type: 'FactSet', ...(facts.length === 0 ? {} : { facts }) },
              ],
            },
          ],
          msteams: { width: 'Full' },
        },
      },
    ],
  };
}

export const googleChat: Recipient = ({ address }, send) => {
  checkUrl(address, 'Google Chat hook URL', 'untold');
  return posting(send, address, (event) => {
    const text = isError(event) ? `<font color="#ff0000">${event.message}</font>` : event.message;
    const fields = entriesOf(event).map(([topLabel, content]) => ({
      textParagraph: null,
      keyValue: { topLabel, content, contentMultiline: false, bottomLabel: null, icon: null },
    }));
    const paragraph = { header: '', widgets: [{ textParagraph: { text }, keyValue: null }] };
    return {
      cards: [
        {
          header: {
            title: objectName(event),
            subtitle: event.reportingController,
            imageUrl: null,
            imageStyle: null,
          },
          sections:
            fields.length === 0 ? [paragraph] : [paragraph, { header: '', widgets: fields }],
        },
      ],
    };
  });
};

export const lark: Recipient = ({ address }, send) => {
  checkUrl(address, 'Slack hook URL', 'untold');
  return posting(send, address, (event) => {
    const lines = entriesOf(event).map(([key, value]) => `${key}: ${value}\n`);
    const content = `**${event.message}**\n\n${lines.join('')}`;
    const [emoji, template] = isError(event) ? ['🚨', 'red'] : ['💫', 'turquoise'];
    return {
      msg_type: 'interactive',
      card: {
        config: { wide_screen_mode: true },
        header: {
          title: { tag: 'plain_text', content: `${emoji} ${objectName(event)}` },
          template,
        },
        elements: [{ tag: 'div', text: { tag: 'lark_md', content } }],
      },
    };
  });
};
