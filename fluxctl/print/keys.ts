/** Single key strokes of the terminal, for the menu. */
import { open } from 'node:fs/promises';
import { ReadStream } from 'node:tty';
import { Fault, messageOf } from '../../lib/runtime/mod.ts';

export type Key = 'up' | 'down' | 'toggle' | 'submit' | 'abort' | 'other';

export interface Keys {
  next(): Promise<Key>;
  /** Gives the terminal back. */
  close(): void;
}

/** What the terminal sends, as the menu understands it. */
export function readKey(sequence: string): Key {
  switch (sequence) {
    case '\u001b[A':
    case '\u001bOA':
    case 'k':
      return 'up';
    case '\u001b[B':
    case '\u001bOB':
    case 'j':
    case '\t':
      return 'down';
    case ' ':
      return 'toggle';
    case '\r':
    case '\n':
      return 'submit';
    case '\u0003':
    case '\u001b':
    case 'q':
      return 'abort';
    default:
      return 'other';
  }
}

/** @throws Fault `NoTerminal` */
export async function openTerminalKeys(): Promise<Keys> {
  let file;
  try {
    file = await open('/dev/tty', 'r+');
  } catch (cause) {
    throw new Fault('NoTerminal', 'stall', '/dev/tty', `no terminal: ${messageOf(cause)}`, {
      cause,
    });
  }
  const stream = new ReadStream(file.fd);
  stream.setRawMode(true);
  const waiting: ((key: Key) => void)[] = [];
  const arrived: Key[] = [];
  stream.on('data', (chunk: Buffer) => {
    const key = readKey(chunk.toString('utf8'));
    const taker = waiting.shift();
    if (taker === undefined) arrived.push(key);
    else taker(key);
  });
  return {
    next: () => {
      const key = arrived.shift();
      return key === undefined
        ? new Promise((resolve) => waiting.push(resolve))
        : Promise.resolve(key);
    },
    close: () => {
      stream.setRawMode(false);
      stream.destroy();
    },
  };
}
