/** An S3 server with one bucket, over TLS. */
import { createHash } from 'node:crypto';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import S3rver from 's3rver';
import { signAws } from '../../lib/cloud/mod.ts';
import type { Certificate } from './certificate.ts';

export interface Bucket {
  /** `127.0.0.1:port` */
  endpoint: string;
  put(key: string, body: string): Promise<void>;
  close(): Promise<void>;
}

/** The only keys that the server knows. */
const keys = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER', sessionToken: undefined };

export async function startBucket(folder: string, name: string, tls: Certificate): Promise<Bucket> {
  const server = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory: path.join(folder, 'buckets'),
    configureBuckets: [{ name, configs: [] }],
    key: tls.key,
    cert: tls.cert,
  });
  const { port } = (await server.run()) as AddressInfo;
  const endpoint = `127.0.0.1:${port}`;
  return {
    endpoint,
    put: async (key, body) => {
      const url = new URL(`https://${endpoint}/${name}/${key}`);
      const headers = signAws({
        method: 'PUT',
        keys,
        region: 'us-east-1',
        service: 's3',
        url,
        headers: { 'x-amz-content-sha256': createHash('sha256').update(body).digest('hex') },
        body,
        at: new Date(),
      });
      const status = await new Promise((resolve, reject) => {
        request(url, { method: 'PUT', headers, ca: tls.cert }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        })
          .on('error', reject)
          .end(body);
      });
      if (status !== 200) throw new Error(`${key} was not taken by the S3 server: ${status}`);
    },
    close: () => server.close(),
  };
}
