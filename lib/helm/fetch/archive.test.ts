/** Archives that do harm, refused in the words of helm 3.19.0. */
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { maxChartBytes, maxFileBytes, unpackArchive } from './archive.ts';

const chartYaml = 'apiVersion: v2\nname: c\nversion: 0.1.0\n';

async function archive(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const tar = pack();
  for (const [name, data] of Object.entries(files)) tar.entry({ name }, Buffer.from(data));
  tar.finalize();
  const parts: Buffer[] = [];
  for await (const part of tar) parts.push(Buffer.from(part as Uint8Array));
  return gzipSync(Buffer.concat(parts), { level: 1 });
}

describe('unpackArchive', () => {
  test('names files from within the chart, whatever way they are written', async () => {
    const data = await archive({
      'c/Chart.yaml': chartYaml,
      'c/a/../b.txt': 'b',
      'c/./d.txt': 'd',
      [`c/${'long/'.repeat(40)}e.txt`]: 'e',
    });
    expect(unpackArchive(data).map(({ name }) => name)).toEqual([
      'Chart.yaml',
      'b.txt',
      'd.txt',
      `${'long/'.repeat(40)}e.txt`,
    ]);
  });

  test('takes a byte order mark off', async () => {
    const [file] = unpackArchive(await archive({ 'c/values.yaml': '\ufeffa: 1\n' }));
    expect(Buffer.from(file?.data ?? []).toString()).toBe('a: 1\n');
  });

  test.each([
    ['c/../../evil.txt', 'chart illegally references parent directory'],
    ['c/templates/../../../evil.txt', 'chart illegally references parent directory'],
    ['c\\templates\\..\\..\\..\\x', 'chart illegally references parent directory'],
    ['c//etc/passwd', 'chart illegally contains absolute paths'],
    ['c/c:/x', 'chart contains illegally named files'],
    ['Chart.yaml', 'chart illegally contains content outside the base directory: "Chart.yaml"'],
  ])('refuses %s', async (name, message) => {
    const data = await archive({ 'c/Chart.yaml': chartYaml, [name]: 'x' });
    expect(() => unpackArchive(data)).toThrow(message);
  });

  test('refuses a file that is too large', async () => {
    const data = await archive({ 'c/big.txt': Buffer.alloc(maxFileBytes + 1) });
    expect(() => unpackArchive(data)).toThrow(
      'decompressed chart file "c/big.txt" is larger than the maximum file size 5242880',
    );
  });

  test('refuses files that are too large together', async () => {
    const count = maxChartBytes / maxFileBytes + 1;
    const full = Buffer.alloc(maxFileBytes);
    const files = Object.fromEntries(
      Array.from({ length: count }, (_, at) => [`c/${at}.txt`, full]),
    );
    const data = await archive(files);
    expect(() => unpackArchive(data)).toThrow(
      'decompressed chart is larger than the maximum file size 104857600',
    );
  });

  test('stops unpacking what never ends', () => {
    const bomb = gzipSync(Buffer.alloc(3 * maxChartBytes), { level: 9 });
    expect(bomb.length).toBeLessThan(maxFileBytes);
    expect(() => unpackArchive(bomb)).toThrow();
  });

  test.each([
    ['nothing in it', gzipSync(Buffer.alloc(1024)), 'no files in chart archive'],
    [
      'no tar',
      gzipSync(Buffer.from('garbage that is no tar'.repeat(100))),
      'archive/tar: invalid tar header',
    ],
    ['cut off', gzipSync(Buffer.alloc(5000)).subarray(0, 15), 'unexpected EOF'],
  ])('refuses one with %s', (_, data, message) => {
    expect(() => unpackArchive(data)).toThrow(message);
  });
});
