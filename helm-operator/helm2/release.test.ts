import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decodeRelease } from '../../lib/helm/storage/mod.ts';
import { readHelm2Release } from './release.ts';

interface Golden {
  /** The Go modules that wrote it. */
  madeBy: string;
  records: { name: string; release: string; want: unknown }[];
}

const golden = JSON.parse(
  readFileSync(new URL('testdata/helm-2.17.0.json', import.meta.url), 'utf8'),
) as Golden;

describe('readHelm2Release', () => {
  test.each(golden.records)(
    '$name becomes what helm 2to3 makes of it',
    ({ name, release, want }) => {
      const made = decodeRelease(Buffer.from(JSON.stringify(want)).toString('base64'));
      expect(readHelm2Release(release, name)).toEqual(made);
    },
  );

  test.each([
    { why: 'it is not compressed', text: Buffer.from('app').toString('base64') },
    {
      why: 'it ends too early',
      text: gzipSync(Buffer.from([0x0a, 0x7f, 0x61])).toString('base64'),
    },
    { why: 'it has no chart', text: gzipSync(Buffer.from([0x0a, 0x01, 0x61])).toString('base64') },
  ])('says which record cannot be read: $why', ({ text }) => {
    expect(() => readHelm2Release(text, 'app.v1')).toThrow(
      /^the record app\.v1 of Helm v2 cannot be read: ./,
    );
  });
});
