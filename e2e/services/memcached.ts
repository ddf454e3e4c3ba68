/** memcached on loopback. */
import { connect } from 'node:net';
import path from 'node:path';
import { freePort, startCommand } from '../../demo/mod.ts';
import { listening, programFile } from './programs.ts';

export interface Memcached {
  port: number;
  /** A counter of `stats`: `get_hits`, `curr_items` … */
  stat(name: string): Promise<number>;
  close(): Promise<void>;
}

export async function startMemcached(folder: string): Promise<Memcached> {
  const port = await freePort();
  const server = startCommand({
    name: 'memcached',
    command: [await programFile('memcached', 'memcached')],
    args: [
      ...['-l', '127.0.0.1', '-p', String(port), '-U', '0', '-m', '16'],
      // Of root it asks whom to become.
      ...(process.getuid?.() === 0 ? ['-u', 'nobody'] : []),
    ],
    env: {},
    logFile: path.join(folder, 'memcached.log'),
  });
  await listening(server, port);
  return {
    port,
    stat: async (name) => {
      const found = new RegExp(`^STAT ${name} (\\d+)`, 'm').exec(await stats(port));
      if (found === null) throw new Error(`memcached has no counter ${name}`);
      return Number(found[1]);
    },
    close: () => server.stop(),
  };
}

function stats(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('stats\r\n'));
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
      if (text.endsWith('END\r\n')) socket.end();
    });
    socket.on('error', reject);
    socket.on('close', () => {
      resolve(text);
    });
  });
}
