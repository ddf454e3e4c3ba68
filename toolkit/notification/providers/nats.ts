/** Subjects of NATS (notification-controller internal/notifier/nats.go). */
import { messageOf } from '../../../lib/runtime/mod.ts';
import { invalidProvider, notSent } from '../errors.ts';
import { goJson } from './contract.ts';
import type { Recipient, Settings } from './contract.ts';
import type * as Client from './nats-client.ts';
import { eventJson } from './text.ts';

/** Of connecting, as Go's client has it. */
const timeoutMs = 2000;

/** `address` is a server, or several with commas between; `channel` the subject. */
export const nats: Recipient = (settings) => {
  const { address, channel: subject } = settings;
  if (address === '') throw invalidProvider('NATS server (address) cannot be empty');
  if (subject === '') throw invalidProvider('NATS subject (channel) cannot be empty');
  return async (event) => {
    // The client takes a while to load, and few clusters have such a provider.
    const client = await import('./nats-client.ts');
    const { servers, user, isTls } = readServers(address);
    const attempt = async <T>(what: string, work: () => T | Promise<T>): Promise<T> => {
      try {
        return await work();
      } catch (cause) {
        throw notSent(
          `error publishing event to subject ${subject}: ${what}: ${messageOf(cause)}`,
          cause,
        );
      }
    };
    const authenticator = await attempt('error parsing nkey seed', () =>
      authenticatorOf(client, settings, user),
    );
    const connection = await attempt('error connecting to server', () =>
      client.connect({
        servers,
        name: 'NATS Provider Publisher',
        timeout: timeoutMs,
        reconnect: false,
        ...(isTls ? { tls: {} } : {}),
        ...(authenticator === undefined ? {} : { authenticator }),
      }),
    );
    const refused = refusalOf(connection.status());
    try {
      connection.publish(subject, goJson(eventJson(event)));
      await attempt(publishing, () => connection.flush());
    } finally {
      await connection.close();
    }
    await attempt(publishing, async () => {
      const why = await refused;
      if (why !== undefined) throw why;
    });
  };
};

const publishing = 'error publishing message to server';

/** What the server says against a message; known when the connection is closed. */
async function refusalOf(
  status: AsyncIterable<{ type: string; error?: Error }>,
): Promise<Error | undefined> {
  let first: Error | undefined;
  for await (const { type, error } of status) if (type === 'error') first ??= error;
  return first;
}

interface User {
  username: string;
  password: string;
}

/** User and password may stand in the address; a user alone is a token. */
function readServers(address: string): { servers: string[]; user: User; isTls: boolean } {
  const urls = address.split(',').map((each) => {
    const text = each.trim();
    const whole = /^[a-z]+:\/\//i.test(text) ? text : `nats://${text}`;
    if (!URL.canParse(whole)) throw notSent(`no address of a NATS server: ${each}`);
    return new URL(whole);
  });
  const owner = urls.find(({ username }) => username !== '');
  return {
    servers: urls.map(({ host }) => host),
    user: {
      username: decodeURIComponent(owner?.username ?? ''),
      password: decodeURIComponent(owner?.password ?? ''),
    },
    isTls: urls.some(({ protocol }) => protocol === 'tls:'),
  };
}

/** A credentials file goes before the seed of a key, that before user and password, those before the address. */
function authenticatorOf(
  client: typeof Client,
  { secret, username, password }: Settings,
  user: User,
): Client.Authenticator | undefined {
  const bytes = (key: string) => new TextEncoder().encode(secret.get(key) ?? '');
  if ((secret.get('creds') ?? '') !== '') return client.credsAuthenticator(bytes('creds'));
  if ((secret.get('nkey') ?? '') !== '') {
    const seed = new TextEncoder().encode(secret.get('nkey')?.trim());
    // The copy is wiped.
    client.nkeys.fromSeed(seed.slice()).clear();
    return client.nkeyAuthenticator(seed);
  }
  if (username !== '' && password !== '')
    return client.usernamePasswordAuthenticator(username, password);
  if (user.username === '') return undefined;
  return user.password === ''
    ? client.tokenAuthenticator(user.username)
    : client.usernamePasswordAuthenticator(user.username, user.password);
}
