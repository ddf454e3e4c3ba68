/** Addresses that a build names: files by HTTP, repositories by git; all of it gone when the build is over. */
import { STATUS_CODES } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { fetch } from 'undici';
import type { Dispatcher } from 'undici';
import { hidePasswords } from '../../lib/git/mod.ts';
import { textOfBytes } from '../../lib/helm/values/mod.ts';
import type { RemoteFetch, RemoteFile } from '../../lib/kustomize/mod.ts';
import { createDispatcher } from '../../lib/http/mod.ts';
import { messageOf, readUpTo } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { cloneRepository } from './clone.ts';

export interface RemotesOptions {
  /** Clones lie below it. */
  workFolder: string;
  /** The process's own: the path of git, and proxies. */
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  signal: AbortSignal;
  /** Of one file, in bytes; default 32 MiB. */
  mostFileBytes?: number;
  /** Of one clone, in bytes; default 256 MiB. */
  mostCloneBytes?: number;
}

export interface OpenRemotes extends RemoteFetch {
  close(): Promise<void>;
}

/** Of one answer. */
const fileTimeoutMs = 30_000;

export function openRemotes(options: RemotesOptions): OpenRemotes {
  const { workFolder, env, clock, signal } = options;
  const { mostFileBytes = 32 * 1024 * 1024, mostCloneBytes = 256 * 1024 * 1024 } = options;
  const folders: string[] = [];
  let dispatcher: Dispatcher | undefined;
  return {
    file: (url) => {
      dispatcher ??= createDispatcher({}, env);
      return fetchFile(url, dispatcher, signal, mostFileBytes);
    },
    clone: async (spec) => {
      const folder = await mkdtemp(path.join(workFolder, 'kustomize-'));
      folders.push(folder);
      const shownAs = `/kustomize-${folders.length}`;
      return cloneRepository(spec, {
        folder,
        shownAs,
        env,
        clock,
        signal,
        mostBytes: mostCloneBytes,
      });
    },
    close: async () => {
      await dispatcher?.close();
      for (const folder of folders) await rm(folder, { recursive: true, force: true });
    },
  };
}

async function fetchFile(
  address: string,
  dispatcher: Dispatcher,
  signal: AbortSignal,
  mostBytes: number,
): Promise<RemoteFile> {
  const failure = (why: string) => ({ failure: `Get "${hidePasswords(address)}": ${why}` });
  try {
    const url = new URL(address);
    const headers: Record<string, string> = {};
    if (url.username !== '' || url.password !== '') {
      const owner = [url.username, url.password].map(decodeURIComponent).join(':');
      headers['authorization'] = `Basic ${Buffer.from(owner).toString('base64')}`;
      url.username = '';
      url.password = '';
    }
    const answer = await fetch(url, {
      dispatcher,
      headers,
      signal: AbortSignal.any([signal, AbortSignal.timeout(fileTimeoutMs)]),
    });
    if (!answer.ok) {
      await answer.body?.cancel();
      const text = STATUS_CODES[answer.status] ?? '';
      return { failure: '', status: { code: answer.status, text } };
    }
    const content = await readUpTo(answer.body, mostBytes);
    if (content !== undefined) return { content: textOfBytes(content) };
    return failure(`more than ${mostBytes} bytes`);
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    return failure(messageOf(thrown));
  }
}
