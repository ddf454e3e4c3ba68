/** Image records in memcached, for several daemons that share what they know (spec flux-v1 §6.2). */
import { createHash } from 'node:crypto';
import { createConnection } from 'node:net';
import { Fault, messageOf } from '../../lib/runtime/mod.ts';
import type { RecordKeeper } from './image-records.ts';

export interface MemcachedOptions {
  /** `host:port` of the servers now: looked up anew for each call. */
  servers: () => Promise<readonly { host: string; port: number }[]>;
  /** Limit of one call, in milliseconds. */
  timeoutMs: number;
}

/** Two days: longer than any pause in which a record is not written. */
const expirySeconds = 172_800;

/** Speaks the text protocol, one connection a call: calls are rare. */
export function memcachedKeeper(options: MemcachedOptions): RecordKeeper {
  const keyOf = (key: string) => `reflux1-${createHash('sha256').update(key).digest('hex')}`;
  const ask = async (key: string, request: Buffer, isWhole: (answer: Buffer) => boolean) => {
    const servers = [...(await options.servers())].sort((a, b) =>
      `${a.host}:${a.port}` < `${b.host}:${b.port}` ? -1 : 1,
    );
    const at =
      createHash('sha1').update(key).digest().readUInt32BE(0) % Math.max(1, servers.length);
    const server = servers[at];
    if (server === undefined)
      throw new Fault('MemcachedFailed', 'retry', 'memcached', 'memcached: no server is known');
    return exchange(server, request, isWhole, options.timeoutMs);
  };
  return {
    read: async (key) => {
      const name = keyOf(key);
      const answer = await ask(key, Buffer.from(`get ${name}\r\n`), wholeValue);
      const end = answer.indexOf('\r\n');
      const size = /^VALUE \S+ \d+ (\d+)/.exec(answer.subarray(0, end).toString())?.[1];
      if (size === undefined) return undefined;
      return answer.subarray(end + 2, end + 2 + Number(size)).toString('utf8');
    },
    write: async (key, text) => {
      const data = Buffer.from(text);
      const head = `set ${keyOf(key)} 0 ${expirySeconds} ${data.length}\r\n`;
      const request = Buffer.concat([Buffer.from(head), data, Buffer.from('\r\n')]);
      const answer = (await ask(key, request, (so) => so.includes('\r\n'))).toString().trim();
      if (answer !== 'STORED')
        throw new Fault('MemcachedFailed', 'retry', 'memcached', `memcached: ${answer}`);
    },
  };
}

function wholeValue(answer: Buffer): boolean {
  const end = answer.indexOf('\r\n');
  if (end < 0) return false;
  const size = /^VALUE \S+ \d+ (\d+)/.exec(answer.subarray(0, end).toString())?.[1];
  return size === undefined || answer.length >= end + 2 + Number(size) + '\r\nEND\r\n'.length;
}

function exchange(
  { host, port }: { host: string; port: number },
  request: Buffer,
  isWhole: (answer: Buffer) => boolean,
  timeoutMs: number,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let answer = Buffer.alloc(0);
    const socket = createConnection({ host, port });
    const fail = (why: string, cause?: unknown) => {
      socket.destroy();
      reject(
        new Fault('MemcachedFailed', 'retry', host, `memcached at ${host}:${port}: ${why}`, {
          cause,
        }),
      );
    };
    socket.setTimeout(timeoutMs, () => fail('no answer in time'));
    socket.on('error', (cause) => fail(messageOf(cause), cause));
    socket.on('close', () => fail('it hung up'));
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (!isWhole(answer)) return;
      resolve(answer);
      socket.destroy();
    });
    socket.write(request);
  });
}

/** The first that knows a record; all are told of a new one. One that fails does not stop the others. */
export function keepersInTurn(
  keepers: readonly RecordKeeper[],
  onError: (thrown: unknown) => void,
): RecordKeeper {
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (thrown) {
      onError(thrown);
      return undefined;
    }
  };
  return {
    read: async (key) => {
      for (const keeper of keepers) {
        const found = await attempt(() => keeper.read(key));
        if (found !== undefined) return found;
      }
      return undefined;
    },
    write: async (key, text) => {
      await Promise.all(keepers.map((keeper) => attempt(() => keeper.write(key, text))));
    },
  };
}
