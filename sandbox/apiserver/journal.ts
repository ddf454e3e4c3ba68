/** Keeps the store in a folder: one line a change, rewritten whole at each start. */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import type { KubeObject } from '../../lib/objects/mod.ts';
import type { Store } from './store.ts';

interface Line {
  version: number;
  key: string;
  id: string;
  /** Absent for a deletion. */
  object?: KubeObject;
}

export interface Journal {
  initial: { version: number; objects: { key: string; object: KubeObject }[] };
  /** Writes every change from now on. */
  follow(store: Store): void;
  close(): void;
}

/** A line that a crash cut short is the last one, and is left out. */
export function openJournal(folder: string): Journal {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'objects.jsonl');
  const objects = new Map<string, Line & { object: KubeObject }>();
  let version = 0;
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  // What follows the last line break was never finished.
  for (const text of lines.slice(0, -1)) {
    const { object, ...line } = JSON.parse(text) as Line;
    version = Math.max(version, line.version);
    if (object === undefined) objects.delete(`${line.key} ${line.id}`);
    else objects.set(`${line.key} ${line.id}`, { ...line, object });
  }
  const compact = [...objects.values()].map((line) => `${JSON.stringify(line)}\n`).join('');
  writeFileSync(`${file}.new`, compact);
  renameSync(`${file}.new`, file);
  const descriptor = openSync(file, 'a');
  return {
    initial: {
      version,
      objects: [...objects.values()].map(({ key, object }) => ({ key, object })),
    },
    follow: (store) => {
      store.subscribe((change) => {
        const { metadata } = change.object;
        const line: Line = {
          version: change.version,
          key: change.key,
          id: `${metadata.namespace ?? ''}/${metadata.name ?? ''}`,
          ...(change.type === 'DELETED' ? {} : { object: change.object }),
        };
        writeSync(descriptor, `${JSON.stringify(line)}\n`);
      });
    },
    close: () => {
      closeSync(descriptor);
    },
  };
}
