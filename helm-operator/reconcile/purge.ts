import { safeMessage } from '../errors.ts';
import { isLeftOpen } from './sync.ts';
import type { Sync } from './sync.ts';

/** Uninstalls a first install that failed, as if it had never been tried; what fails is a warning only, unless the server was away. */
export async function purge(sync: Sync): Promise<void> {
  sync.log.log({ info: 'running uninstall', phase: 'uninstall' });
  try {
    await sync.timed('uninstall', () =>
      sync.engine.uninstall({ ...sync.target, timeoutMs: sync.timeoutMs }),
    );
  } catch (thrown) {
    if (isLeftOpen(sync, thrown)) throw thrown;
    sync.log.log({ warning: `uninstall failed: ${safeMessage(thrown)}` });
  }
}
