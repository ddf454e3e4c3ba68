/** CDEvents, version 0.4: what every event has (cdevents.dev, "Required" of context and subject). Pure. */
import { isRecord, messageOf } from '../../lib/runtime/mod.ts';
import { Fields } from '../runtime/mod.ts';
import { notGenuine } from './errors.ts';

const typePattern = /^dev\.cdevents\.[a-z0-9]+\.[a-z0-9]+\.\d+\.\d+\.\d+(-[a-z]+)?$/i;
const required = ['version', 'id', 'source', 'type', 'timestamp'] as const;

/** @throws NotificationError `NotGenuine` for what is no such event */
export function readCdEvent(body: Buffer): void {
  const failed = (why: string, cause?: unknown) =>
    notGenuine(`unable to validate CDEvent event: ${why}`, cause);
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw failed(messageOf(cause), cause);
  }
  if (!isRecord(value) || !isRecord(value['context'])) throw failed('it has no context');
  if (!isRecord(value['subject'])) throw failed('it has no subject');
  const context = new Fields(value['context']);
  for (const key of required)
    if (context.text(key) === undefined) throw failed(`context.${key} is missing`);
  const type = context.text('type') ?? '';
  if (!typePattern.test(type)) throw failed(`unknown event type ${type}`);
  if (Number.isNaN(Date.parse(context.text('timestamp') ?? '')))
    throw failed('context.timestamp is no time');
  const subject = new Fields(value['subject']);
  if (subject.text('id') === undefined) throw failed('subject.id is missing');
  if (!isRecord(subject.value['content'])) throw failed('subject.content is missing');
}
