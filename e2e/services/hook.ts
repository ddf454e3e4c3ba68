/** Takes what is posted to it, as Slack does. */
import { serveHttps } from './https.ts';
import type { HttpsServer } from './https.ts';
import type { Certificate } from './certificate.ts';

export interface Hook extends HttpsServer {
  /** Bodies so far. */
  taken: string[];
}

export async function startHook(tls: Certificate): Promise<Hook> {
  const taken: string[] = [];
  const server = await serveHttps(tls, (request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      taken.push(body);
      response.end('ok');
    });
  });
  return { ...server, taken };
}
