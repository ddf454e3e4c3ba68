/** JSON APIs of Git hosts. */
import { messageOf } from '../../../lib/runtime/mod.ts';
import { notSent } from '../errors.ts';
import { goJson } from './contract.ts';
import type { Outgoing, Send } from './contract.ts';

export interface Rest {
  /** @throws NotificationError `NotSent` */
  read(path: string): Promise<unknown>;
  /** `undefined` when there is nothing. */
  readIfThere(path: string): Promise<unknown>;
  write(path: string, body: unknown, method?: 'POST' | 'PATCH' | 'PUT'): Promise<unknown>;
}

export function createRest(
  send: Send,
  base: string,
  headers: Readonly<Record<string, string>>,
): Rest {
  const call = async (request: Outgoing, mayLack: boolean): Promise<unknown> => {
    const { status, text } = await send(request);
    if (mayLack && status === 404) return undefined;
    const what = `${request.method ?? 'POST'} ${request.url}`;
    if (status < 200 || status >= 300) throw notSent(`${what}: ${status} ${text.slice(0, 1000)}`);
    if (text.trim() === '') return undefined;
    try {
      const answer: unknown = JSON.parse(text);
      return answer;
    } catch (cause) {
      throw notSent(`${what}: answer is no JSON: ${messageOf(cause)}`, cause);
    }
  };
  const get = (path: string, mayLack: boolean) =>
    call({ method: 'GET', url: `${base}${path}`, headers }, mayLack);
  return {
    read: (path) => get(path, false),
    readIfThere: (path) => get(path, true),
    write: (path, body, method = 'POST') => {
      const request = { url: `${base}${path}`, headers, body: goJson(body) };
      return call(method === 'POST' ? request : { ...request, method }, false);
    },
  };
}

/** Says what was tried when it fails. */
export async function trying<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw notSent(`${what}: ${messageOf(cause)}`, cause);
  }
}
