/** What a type of provider is: settings in, a function that sends an event out (spec §5.3). */
import type { CloudOptions } from '../../../lib/cloud/mod.ts';
import type { FluxEvent } from '../../runtime/mod.ts';
import { invalidProvider, notSent } from '../errors.ts';

export interface Settings {
  address: string;
  channel: string;
  username: string;
  password: string;
  token: string;
  headers: Readonly<Record<string, string>>;
  /** Everything of the Secret, for what only some types know. */
  secret: ReadonlyMap<string, string>;
  /** Of the Provider: tells clusters apart that report to one place. */
  uid: string;
  /** Under which name states of commits are set. */
  commitStatus: string;
  alert: { namespace: string; name: string; uid: string };
  /** The process's own identity with clouds, where there is no token. */
  cloud: CloudOptions;
  /** For what is signed. */
  now: () => Date;
}

export interface Outgoing {
  /** `POST` when not said. */
  method?: 'GET' | 'PATCH' | 'PUT';
  url: string;
  headers?: Readonly<Record<string, string>>;
  /** JSON, unless `content-type` says otherwise. */
  body?: string | Uint8Array<ArrayBuffer>;
}

export interface Answer {
  status: number;
  text: string;
}

/** @throws NotificationError `NotSent` when no answer comes; an answer of whatever status is returned */
export type Send = (request: Outgoing) => Promise<Answer>;

/** @throws NotificationError `NotSent` */
export type Post = (event: FluxEvent) => Promise<void>;

/** @throws NotificationError `InvalidProvider` for settings that lack something */
export type Recipient = (settings: Settings, send: Send) => Post;

/** @throws NotificationError `NotSent` for an answer that is no success */
export function expectSuccess({ status, text }: Answer): void {
  if (status < 200 || status >= 300)
    throw notSent(`request failed: request failed with status code ${status}: ${text}`);
}

/** Sends JSON to one place, and takes any success for one. */
export const posting =
  (
    send: Send,
    url: string,
    payload: (event: FluxEvent) => unknown,
    headers: (event: FluxEvent) => Readonly<Record<string, string>> = () => ({}),
  ): Post =>
  async (event) => {
    expectSuccess(await send({ url, headers: headers(event), body: goJson(payload(event)) }));
  };

/**
 * @param why how the original says what is wrong: in quotes, without, or not at all
 * @throws NotificationError `InvalidProvider`
 */
export function checkUrl(
  address: string,
  what: string,
  why: 'quoted' | 'plain' | 'untold' = 'quoted',
): URL {
  try {
    if (!/^([a-z][a-z0-9+.-]*:\/\/|\/)/i.test(address)) throw new Error('no URL');
    return new URL(address);
  } catch (cause) {
    const problem = address === '' ? 'empty url' : 'invalid URI for request';
    const reason = `parse "${address}": ${problem}`;
    const said = { quoted: `: '${reason}'`, plain: `: ${reason}`, untold: '' }[why];
    throw invalidProvider(`invalid ${what} ${address}${said}`, cause);
  }
}

/** JSON as Go's encoder writes it, so that what is compared or signed is the same text. */
export const goJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

export const bearer = (token: string): Record<string, string> =>
  token === '' ? {} : { authorization: `Bearer ${token}` };

export const basic = (username: string, password: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
});
