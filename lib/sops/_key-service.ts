/** For tests: servers of keys that answer as the services do, with a cipher that anybody can do in their head. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isRecord } from '../runtime/mod.ts';

/** What is in testdata/services.json, encrypted by the sops program. */
const golden = JSON.parse(
  readFileSync(new URL('testdata/services.json', import.meta.url), 'utf8'),
) as { address: string; encrypted: string };

const flip = (text: string, encoding: 'base64' | 'base64url' = 'base64') =>
  Buffer.from(Buffer.from(text, encoding).map((each) => each ^ 0x5a));

export interface KeyServer {
  url: string;
  /** Method and path, the proof of who asks, and the body. */
  asked: { line: string; proof: string; body: string }[];
  close(): Promise<unknown>;
}

export async function startKeyServer(): Promise<KeyServer> {
  const asked: KeyServer['asked'] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { authorization = '', 'x-vault-token': token = '' } = request.headers;
      const line = `${request.method} ${request.url}`;
      const proof = `${authorization}${token.toString()}`;
      asked.push({ line, proof, body });
      const answer = /wrong/.test(proof) ? undefined : answerTo(line, body);
      response.writeHead(answer === undefined ? 403 : 200).end(JSON.stringify(answer ?? 'no'));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}

function answerTo(line: string, body: string): unknown {
  if (body.startsWith('Action=AssumeRole')) {
    const Credentials = { AccessKeyId: 'ROLE', SecretAccessKey: 'S', SessionToken: 'T' };
    const answer = { AssumeRoleResult: { Credentials } };
    const byToken = { AssumeRoleWithWebIdentityResult: { Credentials } };
    return { AssumeRoleResponse: answer, AssumeRoleWithWebIdentityResponse: byToken };
  }
  if (line.startsWith('GET /metadata/')) return { access_token: 'identity', expires_in: '60' };
  const sent: unknown = JSON.parse(body);
  const at = (key: string) => {
    const value = isRecord(sent) ? sent[key] : undefined;
    return typeof value === 'string' ? value : '';
  };
  if (line === 'POST /v1/transit/decrypt/mykey')
    return {
      data: { plaintext: flip(at('ciphertext').replace('vault:v1:', '')).toString('base64') },
    };
  if (line === 'POST /') return { Plaintext: flip(at('CiphertextBlob')).toString('base64') };
  if (line === 'POST /v1/projects/p/locations/global/keyRings/r/cryptoKeys/k:decrypt')
    return { plaintext: flip(at('ciphertext')).toString('base64') };
  if (line === 'POST /keys/k/0123/decrypt?api-version=7.4')
    return { value: flip(at('value'), 'base64url').toString('base64url') };
  return undefined;
}

const [, vault = ''] = /(^ {4}hc_vault:\n(?: {8}.*\n)+)/m.exec(golden.encrypted) ?? [];
const [, enc = ''] = /enc: vault:v1:(\S+)/.exec(vault) ?? [];

/** The file of the Vault at an address. */
export const vaultFile = (address: string): string =>
  golden.encrypted.replace(golden.address, address);

/** The same file, whose data key another service opens. */
export function otherFile(kind: 'kms' | 'gcp_kms' | 'azure_kv', more: string): string {
  const value = kind === 'azure_kv' ? Buffer.from(enc, 'base64').toString('base64url') : enc;
  return golden.encrypted
    .replace(vault, '    hc_vault: []\n')
    .replace(`    ${kind}: []\n`, `    ${kind}:\n${more}          enc: ${value}\n`);
}
