/** Folders as `.tar.gz` and back: the same content is the same bytes (spec §2.1). */
import { createReadStream } from 'node:fs';
import { lstat, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip, gzip } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import { messageOf } from '../../lib/runtime/mod.ts';
import { ArtifactError } from './errors.ts';
import type { Ignored } from './ignore.ts';

const zip = promisify(gzip);

/** Regular files and folders below a folder, in the order of their names; links are left out. */
export async function packFolder(folder: string, ignored: Ignored): Promise<Uint8Array> {
  const archive = pack();
  const parts: Buffer[] = [];
  const collected = (async () => {
    for await (const part of archive) parts.push(Buffer.from(part as Uint8Array));
  })();
  const fixed = { uid: 0, gid: 0, uname: '', gname: '', mtime: new Date(0) };
  const walk = async (below: string) => {
    const entries = await readdir(path.join(folder, below), { withFileTypes: true });
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!ignored(name, true)) {
          archive.entry({ ...fixed, name, type: 'directory', mode: 0o750 });
        }
        // What lies below may be kept all the same.
        if (name !== '.git') await walk(name);
      } else if (entry.isFile() && !ignored(name, false)) {
        await addFile(path.join(folder, name), name);
      }
    }
  };
  const addFile = async (file: string, name: string) => {
    const info = await lstat(file);
    const mode = (info.mode & 0o111) === 0 ? 0o600 : 0o700;
    await new Promise<void>((resolve, reject) => {
      const entry = archive.entry({ ...fixed, name, mode, size: info.size }, (error) => {
        if (error) reject(error);
        else resolve();
      });
      createReadStream(file).on('error', reject).pipe(entry);
    });
  };
  await walk('');
  archive.finalize();
  await collected;
  return zip(Buffer.concat(parts));
}

export interface UnpackOptions {
  /** Of all files together; default 1 GiB. */
  maxBytes?: number;
}

/**
 * Writes the files of a `.tar.gz` into a folder that is there already.
 *
 * @throws ArtifactError `InvalidTarball` for paths that leave the folder, and for what is no tarball
 */
export async function unpackTarball(
  data: Uint8Array,
  folder: string,
  options: UnpackOptions = {},
): Promise<void> {
  for await (const entry of entriesOf(data, folder, options)) {
    const file = path.join(folder, ...entry.parts);
    if (entry.content === undefined) await mkdir(file, { recursive: true });
    else {
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, entry.content, { mode: entry.isProgram ? 0o700 : 0o600 });
    }
  }
}

/** The files of a `.tar.gz` by their paths. @throws ArtifactError `InvalidTarball` */
export async function readTarball(
  data: Uint8Array,
  options: UnpackOptions = {},
): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for await (const { parts, content } of entriesOf(data, 'memory', options))
    if (content !== undefined) files.set(parts.join('/'), content);
  return files;
}

interface Entry {
  parts: readonly string[];
  /** Nothing for a folder. */
  content: Buffer | undefined;
  isProgram: boolean;
}

async function* entriesOf(
  data: Uint8Array,
  subject: string,
  { maxBytes = 1024 * 1024 * 1024 }: UnpackOptions,
): AsyncGenerator<Entry> {
  const invalid = (message: string, cause?: unknown) =>
    new ArtifactError('InvalidTarball', subject, message, { cause });
  const reader = extract();
  let left = maxBytes;
  const source = Readable.from([Buffer.from(data)]);
  const unzip = createGunzip();
  source.on('error', (error) => unzip.destroy(error));
  unzip.on('error', (error) => reader.destroy(error));
  source.pipe(unzip).pipe(reader);
  try {
    for await (const entry of reader) {
      const { name, type } = entry.header;
      const parts = name.split('/').filter((part) => part !== '' && part !== '.');
      if (parts.includes('..') || name.startsWith('/'))
        throw invalid(`${JSON.stringify(name)} leads out of the archive`);
      if (type === 'directory') {
        entry.resume();
        yield { parts, content: undefined, isProgram: false };
      } else if (type === 'file') {
        left -= entry.header.size ?? 0;
        if (left < 0) throw invalid(`more than ${maxBytes} bytes`);
        const chunks: Buffer[] = [];
        for await (const chunk of entry) chunks.push(Buffer.from(chunk as Uint8Array));
        const isProgram = ((entry.header.mode ?? 0) & 0o111) !== 0;
        yield { parts, content: Buffer.concat(chunks), isProgram };
      } else entry.resume();
    }
  } catch (cause) {
    if (cause instanceof ArtifactError) throw cause;
    throw invalid(messageOf(cause), cause);
  }
}
