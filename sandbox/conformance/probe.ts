/** A bare HTTP client of a Kubernetes API server, for asking it things that a well-bred client would not. */
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'undici';

export interface Target {
  /** `https://host:port` */
  url: string;
  token: string;
  /** PEM of the server's authority; the certificate is not checked without it. */
  ca?: string;
}

export interface Answer {
  status: number;
  type: string;
  /** The Warning headers, joined. */
  warning: string;
  /** Parsed JSON, or the text when it is not JSON. */
  body: unknown;
}

export interface CallOptions {
  body?: unknown;
  /** Of the body; JSON when absent. */
  type?: string;
  accept?: string;
  token?: string;
}

export interface WatchEvent {
  type: string;
  object: unknown;
}

export interface OpenWatch {
  /** The next events up to and with the first that satisfies; all that came when the server ends the watch before. */
  until(satisfies: (event: WatchEvent) => boolean): Promise<WatchEvent[]>;
  close(): void;
}

export interface Probe {
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  get(path: string, accept?: string): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
  put(path: string, body: unknown): Promise<Answer>;
  patch(path: string, kind: keyof typeof patchTypes, body: unknown): Promise<Answer>;
  delete(path: string, body?: unknown): Promise<Answer>;
  watch(path: string, accept?: string): Promise<OpenWatch>;
  close(): Promise<void>;
}

export const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

export function createProbe({ url, token, ca }: Target): Probe {
  const dispatcher = new Agent({
    connect: ca === undefined ? { rejectUnauthorized: false } : { ca },
  });
  const headers = (options: CallOptions) => ({
    authorization: `Bearer ${options.token ?? token}`,
    accept: options.accept ?? 'application/json',
    'user-agent': 'conformance',
    ...(options.body === undefined ? {} : { 'content-type': options.type ?? 'application/json' }),
  });
  const call: Probe['call'] = async (method, path, options = {}) => {
    const response = await request(url + path, {
      method,
      dispatcher,
      headers: headers(options),
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    const text = await response.body.text();
    const type = String(response.headers['content-type'] ?? '');
    return {
      status: response.statusCode,
      type,
      warning: [response.headers.warning ?? []].flat().join(', '),
      body: type.startsWith('application/json') ? JSON.parse(text) : text,
    };
  };
  return {
    call,
    get: (path, accept) => call('GET', path, accept === undefined ? {} : { accept }),
    post: (path, body) => call('POST', path, { body }),
    put: (path, body) => call('PUT', path, { body }),
    patch: (path, kind, body) => call('PATCH', path, { body, type: patchTypes[kind] }),
    delete: (path, body) => call('DELETE', path, body === undefined ? {} : { body }),
    watch: async (path, accept) => {
      const abort = new AbortController();
      const response = await request(url + path, {
        dispatcher,
        signal: abort.signal,
        headers: headers(accept === undefined ? {} : { accept }),
      });
      const lines = linesOf(response.body);
      return {
        until: async (satisfies) => {
          const events: WatchEvent[] = [];
          for (;;) {
            const { value, done } = await lines.next();
            if (done === true) return events;
            const event = JSON.parse(value) as WatchEvent;
            events.push(event);
            if (satisfies(event)) return events;
          }
        },
        close: () => {
          abort.abort();
        },
      };
    },
    close: () => dispatcher.destroy(),
  };
}

async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string, void> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
  }
}

/** A value inside an answer; `undefined` where the path ends early. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null
        ? (inner as Record<string | number, unknown>)[key]
        : undefined,
    value,
  );
}

export const versionOf = (object: unknown): string =>
  String(at(object, 'metadata', 'resourceVersion'));

/** Names of a list's items, in its order. */
export function namesOf(list: unknown): string[] {
  const items = at(list, 'items');
  return Array.isArray(items) ? items.map((item) => String(at(item, 'metadata', 'name'))) : [];
}

/** A name that no run before has used. */
export const freshName = (start: string): string => `${start}-${randomBytes(4).toString('hex')}`;
