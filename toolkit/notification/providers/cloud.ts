/** Queues of clouds, by their HTTPS APIs: Google Pub/Sub, Azure Event Hubs. */
import { createHmac } from 'node:crypto';
import { signedJwt } from '../../../lib/cloud/mod.ts';
import { isRecord } from '../../../lib/runtime/mod.ts';
import { Fields } from '../../runtime/mod.ts';
import { invalidProvider, notSent } from '../errors.ts';
import { expectSuccess, goJson } from './contract.ts';
import type { Recipient, Send } from './contract.ts';
import { eventJson } from './text.ts';

/** `address` is the project, `channel` the topic, `token` of the Secret a key file of a service account. */
export const googlePubSub: Recipient = (settings, send) => {
  const { address: project, channel: topic, headers, token, now } = settings;
  if (project === '') throw invalidProvider('GCP project ID cannot be empty');
  if (topic === '') throw invalidProvider('GCP Pub/Sub topic ID cannot be empty');
  const key = readKeyFile(token);
  return async (event) => {
    const access = await googleToken(key, send, now());
    const data = Buffer.from(goJson(eventJson(event))).toString('base64');
    const attributes = Object.keys(headers).length === 0 ? {} : { attributes: headers };
    expectSuccess(
      await send({
        url: `https://pubsub.googleapis.com/v1/projects/${project}/topics/${topic}:publish`,
        headers: { authorization: `Bearer ${access}` },
        body: JSON.stringify({ messages: [{ data, ...attributes }] }),
      }),
    );
  };
};

interface KeyFile {
  email: string;
  key: string;
  tokenUrl: string;
}

function readKeyFile(text: string): KeyFile {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (cause) {
    throw invalidProvider('the key `token` is no key file of a service account', cause);
  }
  const fields = new Fields(isRecord(file) ? file : {});
  const [email, key] = [fields.text('client_email'), fields.text('private_key')];
  if (email === undefined || key === undefined)
    throw invalidProvider('the key `token` is no key file of a service account');
  return {
    email,
    key,
    tokenUrl: fields.text('token_uri') ?? 'https://oauth2.googleapis.com/token',
  };
}

/** A token for an hour, in exchange for a signed claim (RFC 7523). */
async function googleToken({ email, key, tokenUrl }: KeyFile, send: Send, now: Date) {
  const seconds = Math.floor(now.getTime() / 1000);
  const scope = 'https://www.googleapis.com/auth/pubsub';
  const claims = { iss: email, scope, aud: tokenUrl, iat: seconds, exp: seconds + 3600 };
  let assertion: string;
  try {
    assertion = signedJwt(claims, key);
  } catch (cause) {
    throw invalidProvider('private_key is no private key', cause);
  }
  const answer = await send({
    url: tokenUrl,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion,
    }).toString(),
  });
  expectSuccess(answer);
  const said: unknown = JSON.parse(answer.text);
  const token = new Fields(said).text('access_token');
  if (token === undefined) throw notSent('no access token in the answer of Google');
  return token;
}

/** `address` is a connection string with a shared access key, or the hub's name, with a token and the name space as channel. */
export const azureEventHub: Recipient = ({ address, channel, token, now }, send) => {
  if (address === '') throw invalidProvider('endpoint URL cannot be empty');
  const shared = readConnectionString(address);
  if (shared === undefined && token === '')
    throw invalidProvider('failed to create a eventhub using managed identity: no token is given');
  if (shared !== undefined && token !== '')
    throw invalidProvider('jwt token authentication cannot be set with a connection string');
  const host = channel.includes('.') ? channel : `${channel}.servicebus.windows.net`;
  const hub = shared?.url ?? `https://${host}/${address}`;
  return async (event) => {
    const authorization = shared === undefined ? `Bearer ${token}` : sharedSignature(shared, now());
    expectSuccess(
      await send({
        url: `${hub}/messages`,
        headers: { authorization, 'content-type': 'application/json' },
        body: goJson(eventJson(event)),
      }),
    );
  };
};

interface SharedKey {
  url: string;
  name: string;
  key: string;
}

/** `Endpoint=sb://…;SharedAccessKeyName=…;SharedAccessKey=…;EntityPath=…`. */
function readConnectionString(text: string): SharedKey | undefined {
  const parts = new Map(
    text.split(';').map((part) => {
      const at = part.indexOf('=');
      return [part.slice(0, at), part.slice(at + 1)] as const;
    }),
  );
  const [endpoint, name, key] = ['Endpoint', 'SharedAccessKeyName', 'SharedAccessKey'].map((each) =>
    parts.get(each),
  );
  if (endpoint === undefined || name === undefined || key === undefined) return undefined;
  const base = endpoint.replace(/^sb:/, 'https:').replace(/\/+$/, '');
  return { url: `${base}/${parts.get('EntityPath') ?? ''}`, name, key };
}

function sharedSignature({ url, name, key }: SharedKey, now: Date): string {
  const until = Math.floor(now.getTime() / 1000) + 3600;
  const resource = encodeURIComponent(url);
  const hash = createHmac('sha256', key).update(`${resource}\n${until}`).digest('base64');
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(hash)}&se=${until}&skn=${name}`;
}
