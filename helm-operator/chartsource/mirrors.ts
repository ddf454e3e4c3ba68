/** One mirror for each Git URL (and its credentials), shared by all releases that use it (spec helm-operator §4.1). */
import { openMirror, safeUrl } from '../../lib/git/mod.ts';
import type { HttpCredentials, Mirror } from '../../lib/git/mod.ts';
import { safeMessage } from '../errors.ts';
import type { Logger } from '../../lib/runtime/mod.ts';

export interface Mirrors {
  /**
   * The mirror of a URL, cloned when it is new. A clone that fails is tried again when it is asked for again.
   *
   * @param name what shares the mirror: the URL, with the Secret's name in front when there is one
   */
  ready(
    name: string,
    url: string,
    credentials: () => Promise<HttpCredentials | undefined>,
  ): Promise<Mirror>;
  /** Fetches every mirror, one after the other, and tells of each that moved. A call during another joins it. */
  refreshAll(signal?: AbortSignal): Promise<void>;
  /** Forgets mirrors that nobody names. */
  keepOnly(names: ReadonlySet<string>): Promise<void>;
  close(): Promise<void>;
}

export interface MirrorsOptions {
  env: Readonly<Record<string, string | undefined>>;
  timeoutMs: number;
  parentFolder: string;
  log: Logger;
  /** Called after each clone and fetch, with whether it went well. */
  onMirror: (ready: boolean) => void;
  /** Called after a fetch, whether or not anything moved. */
  onRefreshed: (name: string, mirror: Mirror) => void;
}

interface Entry {
  mirror: Promise<Mirror>;
}

export function createMirrors(options: MirrorsOptions): Mirrors {
  const { log } = options;
  const entries = new Map<string, Entry>();
  let refreshing: Promise<void> | undefined;

  const start = async (url: string, credentials: HttpCredentials | undefined): Promise<Mirror> => {
    const mirror = await openMirror({
      url: credentials === undefined ? url : withCredentials(url, credentials),
      env: options.env,
      timeoutMs: options.timeoutMs,
      parentFolder: options.parentFolder,
    });
    try {
      await mirror.refresh();
      options.onMirror(true);
      return mirror;
    } catch (thrown) {
      options.onMirror(false);
      await mirror.remove();
      throw thrown;
    }
  };

  const refreshOne = async (name: string, entry: Entry, signal: AbortSignal | undefined) => {
    const mirror = await entry.mirror;
    log.log({ info: 'starting sync of git mirror', mirror: shown(name) });
    try {
      await mirror.refresh(signal);
      options.onMirror(true);
    } catch (thrown) {
      options.onMirror(false);
      log.log({
        error: 'failed syncing git mirror',
        mirror: shown(name),
        err: safeMessage(thrown),
      });
      return;
    }
    log.log({ info: 'finished syncing git mirror', mirror: shown(name) });
    options.onRefreshed(name, mirror);
  };

  return {
    ready: async (name, url, credentials) => {
      let entry = entries.get(name);
      if (entry === undefined) {
        entry = { mirror: credentials().then((found) => start(url, found)) };
        const made = entry;
        entries.set(name, made);
        made.mirror.then(
          () => {
            log.log({
              info: 'started mirroring new remote',
              remote: safeUrl(url),
              mirror: shown(name),
            });
          },
          (thrown: unknown) => {
            if (entries.get(name) === made) entries.delete(name);
            log.log({
              error: 'failed syncing git mirror',
              mirror: shown(name),
              err: safeMessage(thrown),
            });
          },
        );
      }
      return entry.mirror;
    },
    refreshAll: (signal) => {
      refreshing ??= (async () => {
        log.log({ info: 'starting sync of git mirrors' });
        for (const [name, entry] of entries) {
          // One that never cloned was reported where it was asked for.
          if (
            await entry.mirror.then(
              () => true,
              () => false,
            )
          )
            await refreshOne(name, entry, signal);
        }
      })().finally(() => {
        refreshing = undefined;
      });
      return refreshing;
    },
    keepOnly: async (names) => {
      for (const [name, entry] of [...entries]) {
        if (names.has(name)) continue;
        entries.delete(name);
        await entry.mirror.then(
          (mirror) => mirror.remove(),
          () => undefined,
        );
      }
    },
    close: async () => {
      const all = [...entries.values()];
      entries.clear();
      await Promise.all(
        all.map(({ mirror }) =>
          mirror.then(
            (each) => each.remove(),
            () => undefined,
          ),
        ),
      );
    },
  };
}

/** A mirror's name may be a URL with a password in it. */
const shown = (name: string) => name.replace(/\/\/[^@/]*@/, '//');

function withCredentials(url: string, { username, password }: HttpCredentials): string {
  return url.replace(
    /^(https?:\/\/)(?:[^@/]*@)?/i,
    `$1${encodeURIComponent(username)}:${encodeURIComponent(password)}@`,
  );
}
