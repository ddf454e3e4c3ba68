/** A mirror of The Update Framework with one target, over HTTP. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

export interface Mirror {
  url: string;
  /** `root.json`, with which whoever reads it begins. */
  root: string;
  close(): Promise<void>;
}

const expires = '2999-01-01T00:00:00Z';
const hexHash = (text: string) => createHash('sha256').update(text).digest('hex');

/** JSON whose keys are sorted, without spaces. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(',')}}`;
}

export async function startMirror(name: string, target: string): Promise<Mirror> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const key = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: raw.toString('hex') } };
  const keyid = hexHash(canonical(key));
  const role = { keyids: [keyid], threshold: 1 };
  const signed = (type: string, fields: Readonly<Record<string, unknown>>) => {
    const content = { _type: type, spec_version: '1.0.31', version: 1, expires, ...fields };
    const sig = sign(null, Buffer.from(canonical(content)), privateKey).toString('hex');
    return JSON.stringify({ signed: content, signatures: [{ keyid, sig }] });
  };
  const root = signed('root', {
    consistent_snapshot: false,
    keys: { [keyid]: key },
    roles: { root: role, timestamp: role, snapshot: role, targets: role },
  });
  const files = new Map([
    ['/timestamp.json', signed('timestamp', { meta: { 'snapshot.json': { version: 1 } } })],
    ['/snapshot.json', signed('snapshot', { meta: { 'targets.json': { version: 1 } } })],
    [
      '/targets.json',
      signed('targets', {
        targets: {
          [name]: { length: Buffer.byteLength(target), hashes: { sha256: hexHash(target) } },
        },
      }),
    ],
    [`/targets/${name}`, target],
  ]);
  const server = createServer((request, response) => {
    const found = files.get(request.url ?? '');
    response.writeHead(found === undefined ? 404 : 200).end(found);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    root,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
