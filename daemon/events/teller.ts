/** Tells of events: the log, an upstream that must hear of them, chats that may miss one. */
import { messageOf } from '../../lib/runtime/mod.ts';
import type { Logger } from '../../lib/runtime/mod.ts';
import type { ToldEvent } from './event.ts';

export interface EventSink {
  /** For logs; no secret. */
  name: string;
  /** @throws Fault `EventRefused` */
  post(told: ToldEvent): Promise<void>;
}

/** @throws what the upstream throws: whoever tells of a sync does it again then */
export type Tell = (told: ToldEvent) => Promise<void>;

export function createTeller(options: {
  upstream: EventSink | undefined;
  chats: readonly EventSink[];
  log: Logger;
}): Tell {
  const { upstream, chats, log } = options;
  return async (told) => {
    log.log({ event: told.text, logupstream: upstream !== undefined });
    await upstream?.post(told);
    await Promise.all(
      chats.map(async (chat) => {
        try {
          await chat.post(told);
        } catch (thrown) {
          log.log({
            warning: 'an event could not be posted',
            to: chat.name,
            err: messageOf(thrown),
          });
        }
      }),
    );
  };
}
