/** What lies at addresses. A build runs at one go; what it lacks is fetched in between, and then it runs once more. */
import { readRepositorySpec } from './repository-spec.ts';
import type { RepositorySpec } from './repository-spec.ts';
import { KustomizeError } from './errors.ts';
import type { FileSource } from './loader.ts';

/** Answer to a GET; a failure in words, with the server's status where it said one. */
export type RemoteFile =
  { content: string } | { failure: string; status?: { code: number; text: string } };

/** A clone: its folder, and the files in it; nothing outside of the folder is read. */
export type RemoteClone =
  { root: string; files: FileSource } | { failure: string; timedOut: boolean };

export interface RemoteFetch {
  file(url: string): Promise<RemoteFile>;
  clone(spec: RepositorySpec): Promise<RemoteClone>;
}

/** Clones are shared by all folders of one revision. */
const keyOf = ({ cloneUrl, ref, submodules }: RepositorySpec) =>
  JSON.stringify([cloneUrl, ref, submodules]);

/** No fault: the build is given up for the time of fetching. */
class Missing extends Error {
  readonly fetch: () => Promise<void>;

  constructor(what: string, fetch: () => Promise<void>) {
    super(`${what} has to be fetched first`);
    this.fetch = fetch;
  }
}

/** Most addresses of one build. */
const most = 64;

/** What was fetched for one build. */
export class Remotes {
  private readonly fetch: RemoteFetch;
  private readonly files = new Map<string, RemoteFile>();
  private readonly clones = new Map<string, RemoteClone>();

  constructor(fetch: RemoteFetch) {
    this.fetch = fetch;
  }

  file(url: string): RemoteFile {
    const known = this.files.get(url);
    if (known !== undefined) return known;
    throw new Missing(url, async () => {
      this.refuseMore(url);
      this.files.set(url, await this.fetch.file(url));
    });
  }

  clone(spec: RepositorySpec): RemoteClone {
    const key = keyOf(spec);
    const known = this.clones.get(key);
    if (known !== undefined) return known;
    throw new Missing(spec.raw, async () => {
      this.refuseMore(spec.raw);
      this.clones.set(key, await this.fetch.clone(spec));
    });
  }

  private refuseMore(address: string): void {
    if (this.files.size + this.clones.size < most) return;
    throw new KustomizeError(
      'RemoteRefused',
      `remote resource '${address}' is refused: more than ${most} addresses`,
    );
  }
}

/** Runs a build until everything that it asks for is there. */
export async function withRemotes<T>(fetch: RemoteFetch, run: (remotes: Remotes) => T): Promise<T> {
  const remotes = new Remotes(fetch);
  for (;;) {
    try {
      return run(remotes);
    } catch (thrown) {
      if (!(thrown instanceof Missing)) throw thrown;
      await thrown.fetch();
    }
  }
}

/** Whether a path of a file is an address: Go's url.Parse takes it, with the scheme http or https. */
export const isRemoteFile = (path: string): boolean =>
  /^https?:/i.test(path) &&
  !/[\u0000-\u001f\u007f]|%(?![0-9a-f]{2})/i.test(path.split('?')[0] ?? '');

/** Text of a file by HTTP. @throws KustomizeError in the words of fileloader.go */
export function loadRemoteFile(remotes: Remotes, url: string): string {
  const answer = remotes.file(url);
  if ('content' in answer) return answer.content;
  const { failure, status } = answer;
  if (status === undefined) throw new KustomizeError('BuildFailed', failure);
  if (readRepositorySpec(url) !== undefined)
    throw new KustomizeError('BuildFailed', 'URL is a git repository');
  throw new KustomizeError('HttpFailed', `HTTP Error: status code ${status.code} (${status.text})`);
}
