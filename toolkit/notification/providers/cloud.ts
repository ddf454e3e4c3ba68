/** Queues of clouds, by their HTTPS APIs: Google Pub/Sub, Azure Event Hubs. */
import { createHmac } from 'node:crypto';
import { azureToken, googleKeyToken, googleToken } from '../../../lib/cloud/mod.ts';
import type { CloudOptions } from '../../../lib/cloud/mod.ts';
import { invalidProvider } from '../errors.ts';
import { expectSuccess, goJson } from './contract.ts';
import type { Recipient } from './contract.ts';
import { trying } from './rest.ts';
import { eventJson } from './text.ts';

const pubSubScope = 'https://www.googleapis.com/auth/pubsub';

/** `address` is the project, `channel` the topic, `token` of the Secret a key file; without one the process's identity. */
export const googlePubSub: Recipient = (settings, send) => {
  const { address: project, channel: topic, headers, token, cloud } = settings;
  if (project === '') throw invalidProvider('GCP project ID cannot be empty');
  if (topic === '') throw invalidProvider('GCP Pub/Sub topic ID cannot be empty');
  return async (event) => {
    const access = await trying(
      `error publishing to GCP Pub/Sub topic projects/${project}/topics/${topic}`,
      token === '' ? googleToken(cloud, pubSubScope) : googleKeyToken(token, cloud, pubSubScope),
    );
    const data = Buffer.from(goJson(eventJson(event))).toString('base64');
    const attributes = Object.keys(headers).length === 0 ? {} : { attributes: headers };
    expectSuccess(
      await send({
        url: `https://pubsub.googleapis.com/v1/projects/${project}/topics/${topic}:publish`,
        headers: { authorization: `Bearer ${access.token}` },
        body: JSON.stringify({ messages: [{ data, ...attributes }] }),
      }),
    );
  };
};

/** As the original's library has it, with two slashes. */
const eventHubScope = 'https://eventhubs.azure.net//.default';

/**
 * `address` is a connection string with a shared access key, or the hub's name, with the name space as channel and a token,
 * or without one the process's identity.
 */
export const azureEventHub: Recipient = ({ address, channel, token, cloud, now }, send) => {
  if (address === '') throw invalidProvider('endpoint URL cannot be empty');
  const shared = readConnectionString(address);
  if (shared !== undefined && token !== '')
    throw invalidProvider('jwt token authentication cannot be set with a connection string');
  const host = channel.includes('.') ? channel : `${channel}.servicebus.windows.net`;
  const hub = shared?.url ?? `https://${host}/${address}`;
  return async (event) => {
    const authorization =
      shared === undefined ? await bearerOf(token, cloud) : sharedSignature(shared, now());
    expectSuccess(
      await send({
        url: `${hub}/messages`,
        headers: { authorization, 'content-type': 'application/json' },
        body: goJson(eventJson(event)),
      }),
    );
  };
};

async function bearerOf(token: string, cloud: CloudOptions): Promise<string> {
  const what = 'failed to create a eventhub using managed identity';
  const own = token || (await trying(what, azureToken(eventHubScope, cloud))).token;
  return `Bearer ${own}`;
}

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
