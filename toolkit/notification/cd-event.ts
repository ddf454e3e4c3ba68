/** CDEvents, version 0.4: what every event has (cdevents.dev, "Required" of context and subject). Pure. */
import { isRecord, messageOf } from '../../lib/runtime/mod.ts';
import { Fields } from '../runtime/mod.ts';
import { notGenuine } from './errors.ts';

/** Subjects, and what can have happened to them. */
const known: Readonly<Record<string, string>> = {
  artifact: 'deleted downloaded packaged published signed',
  branch: 'created deleted',
  build: 'finished queued started',
  change: 'abandoned created merged reviewed updated',
  environment: 'created deleted modified',
  incident: 'detected reported resolved',
  pipelinerun: 'finished queued started',
  repository: 'created deleted modified',
  service: 'deployed published removed rolledback upgraded',
  taskrun: 'finished started',
  testcaserun: 'finished queued skipped started',
  testoutput: 'published',
  testsuiterun: 'finished queued started',
  ticket: 'closed created updated',
};
const typePattern = /^dev\.cdevents\.([a-z]+)\.([a-z]+)\.0\.\d+\.\d+(-[a-z]+)?$/;
/** Of tools, which name their own. */
const customPattern = /^dev\.cdeventsx\.[a-z]+-[a-z]+\.[a-z]+\.\d+\.\d+\.\d+(-[a-z]+)?$/;

function isKnown(type: string): boolean {
  const [, subject = '', predicate = ''] = typePattern.exec(type) ?? [];
  const predicates = known[subject]?.split(' ') ?? [];
  return predicates.includes(predicate) || customPattern.test(type);
}

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
  if (!isKnown(type)) throw failed(`unknown event type ${type}`);
  if (Number.isNaN(Date.parse(context.text('timestamp') ?? '')))
    throw failed('context.timestamp is no time');
  const subject = new Fields(value['subject']);
  if (subject.text('id') === undefined) throw failed('subject.id is missing');
  if (!isRecord(subject.value['content'])) throw failed('subject.content is missing');
}
