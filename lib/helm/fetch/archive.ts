/** Chart archives into files (helm 3.19 pkg/chart/loader/archive.go). Synchronous: sub-charts nest archives. */
import { gunzipSync } from 'node:zlib';
import { messageOf } from '../../runtime/mod.ts';
import { HelmError } from '../chart/mod.ts';
import type { ChartFile } from '../chart/mod.ts';

/** Of all files together, decompressed. */
export const maxChartBytes = 100 * 1024 * 1024;
export const maxFileBytes = 5 * 1024 * 1024;

const block = 512;

/**
 * Files of a `.tgz`, named relative to the chart; the first folder of each name is dropped.
 *
 * @throws HelmError `InvalidChart`: no gzip, absolute or escaping paths, too large
 */
export function unpackArchive(archive: Uint8Array): ChartFile[] {
  let tar: Buffer;
  try {
    // Headers and padding come on top of the content.
    tar = gunzipSync(archive, { maxOutputLength: maxChartBytes * 2 });
  } catch (cause) {
    const text = messageOf(cause);
    const message = text === 'unexpected end of file' ? 'unexpected EOF' : text;
    throw new HelmError('InvalidChart', 'archive', message, { cause });
  }
  const files: ChartFile[] = [];
  let left = maxChartBytes;
  for (const { name, data } of tarEntries(tar)) {
    const inner = innerName(name);
    if (data.length > left) {
      throw invalid(`decompressed chart is larger than the maximum file size ${maxChartBytes}`);
    }
    if (data.length > maxFileBytes) {
      throw invalid(
        `decompressed chart file ${JSON.stringify(name)} is larger than the maximum file size ${maxFileBytes}`,
      );
    }
    left -= data.length;
    files.push({ name: inner, data: withoutBom(data) });
  }
  if (files.length === 0) throw invalid('no files in chart archive');
  return files;
}

export function withoutBom(data: Uint8Array): Uint8Array {
  return data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf ? data.subarray(3) : data;
}

function innerName(name: string): string {
  const delimiter = name.includes('\\') ? '\\' : '/';
  const [first, ...rest] = name.split(delimiter);
  const inner = rest.join('/');
  if (inner.startsWith('/')) throw invalid('chart illegally contains absolute paths');
  const parts: string[] = [];
  for (const part of inner.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else parts.push(part);
  }
  const clean = parts.join('/');
  if (clean === '') {
    throw invalid(
      `chart illegally contains content outside the base directory: ${JSON.stringify(name)}`,
    );
  }
  if (clean.startsWith('..')) throw invalid('chart illegally references parent directory');
  if (/^[a-zA-Z]:\//.test(clean)) throw invalid('chart contains illegally named files');
  if (first === 'Chart.yaml') throw invalid('chart yaml not in base directory');
  return clean;
}

/** Regular files of a tar stream: ustar, GNU long names and pax paths. */
function* tarEntries(tar: Buffer): Generator<{ name: string; data: Buffer }> {
  let longName: string | undefined;
  for (let at = 0; at + block <= tar.length;) {
    const header = tar.subarray(at, at + block);
    if (header.every((byte) => byte === 0)) return;
    const size = octal(header.subarray(124, 136));
    const data = tar.subarray(at + block, at + block + size);
    if (data.length < size) throw invalid('unexpected EOF');
    at += block + Math.ceil(size / block) * block;
    const type = String.fromCharCode(header[156] ?? 0);
    if (type === 'L') {
      longName = cString(data);
      continue;
    }
    if (type === 'x') {
      longName = paxPath(data) ?? longName;
      continue;
    }
    if (type === 'g') continue;
    const prefix =
      cString(header.subarray(257, 263)) === 'ustar' ? cString(header.subarray(345, 500)) : '';
    const short = cString(header.subarray(0, 100));
    const name = longName ?? (prefix === '' ? short : `${prefix}/${short}`);
    longName = undefined;
    if (type === '5' || name.endsWith('/')) continue;
    yield { name, data };
  }
}

function octal(field: Buffer): number {
  const value = Number.parseInt(cString(field).trim() || '0', 8);
  if (!Number.isSafeInteger(value) || value < 0) throw invalid('archive/tar: invalid tar header');
  return value;
}

function cString(field: Buffer): string {
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? field.length : end).toString('utf8');
}

/** Records of the form `<length> <key>=<value>\n`. */
function paxPath(data: Buffer): string | undefined {
  let path: string | undefined;
  for (let at = 0; at < data.length;) {
    const space = data.indexOf(0x20, at);
    const length = Number(data.subarray(at, space < 0 ? data.length : space).toString());
    if (space < 0 || !Number.isSafeInteger(length) || length <= 0)
      throw invalid('archive/tar: invalid tar header');
    const record = data.subarray(space + 1, at + length - 1).toString('utf8');
    if (record.startsWith('path=')) path = record.slice('path='.length);
    at += length;
  }
  return path;
}

function invalid(message: string): HelmError {
  return new HelmError('InvalidChart', 'archive', message);
}
