import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { OciTransport } from '../../lib/helm/fetch/mod.ts';
import { Fields } from '../runtime/mod.ts';
import { findReferrers, readDescribed } from './referrers.ts';

const indexType = 'application/vnd.oci.image.index.v1+json';
const digest = `sha256:${'a'.repeat(64)}`;
const list = `app/referrers/${digest}?artifactType=a%2Fb`;
const tag = `app/manifests/${digest.replace(':', '-')}`;

interface Given {
  type?: string;
  link?: string;
  body: string;
}

/** A registry with these answers; what is not there is 404. */
function remoteOf(answers: Readonly<Record<string, Given>>, asked: string[] = []) {
  const send: OciTransport['send'] = ({ path }) => {
    asked.push(path);
    const found = answers[path];
    if (found === undefined)
      return Promise.resolve({ status: 404, headers: new Headers(), body: Buffer.alloc(0) });
    const headers = new Headers({ 'content-type': found.type ?? indexType });
    if (found.link !== undefined) headers.set('link', found.link);
    return Promise.resolve({ status: 200, headers, body: Buffer.from(found.body) });
  };
  const reference = { host: 'example.com', repository: 'app', tag: '', digest: '' };
  return { transport: { send }, reference };
}

const index = (...manifests: [digest: string, artifactType: string][]): string =>
  JSON.stringify({
    manifests: manifests.map(([digest, artifactType]) => ({ digest, artifactType })),
  });
const found = async (answers: Readonly<Record<string, Given>>, asked?: string[]) =>
  (await findReferrers(remoteOf(answers, asked), digest, 'a/b')).map((each) => each.text('digest'));

describe('findReferrers()', () => {
  test('by the list of the registry, page by page, of the type that is asked for', async () => {
    const asked: string[] = [];
    const answers = {
      [list]: { body: index(['1', 'a/b'], ['2', 'c/d']), link: '</v2/app/next>; rel="next"' },
      'app/next': { body: index(['3', 'a/b']) },
      [tag]: { body: index(['4', 'a/b']) },
    };
    expect(await found(answers, asked)).toEqual(['1', '3']);
    expect(asked).toEqual([list, 'app/next']);
  });

  test.each<[string, Given | undefined]>([
    ['there is none', undefined],
    ['it is no index', { type: 'text/html', body: 'hello' }],
    ['it cannot be read', { body: '{' }],
  ])('by the list that is kept as a tag, when %s', async (_why, own) => {
    const answers = { [tag]: { body: index(['4', 'a/b'], ['5', 'c/d']) } };
    expect(await found(own === undefined ? answers : { ...answers, [list]: own })).toEqual(['4']);
  });

  test('an empty list is an answer', async () => {
    expect(
      await found({ [list]: { body: index() }, [tag]: { body: index(['4', 'a/b']) } }),
    ).toEqual([]);
  });

  test('no list at all', async () => {
    expect(await found({})).toEqual([]);
  });
});

describe('readDescribed()', () => {
  const data = 'content';
  const own = `sha256:${createHash('sha256').update(data).digest('hex')}`;
  test.each<[string, Record<string, unknown>, string]>([
    ['another size', { digest: own, size: 6 }, 'mismatch content size'],
    ['another digest', { digest, size: 7 }, 'mismatch digest'],
    ['not there', { digest: 'sha256:0' }, 'example.com/app@sha256:0: not found'],
  ])('refuses %s', async (_why, descriptor, message) => {
    const remote = remoteOf({
      [`app/blobs/${own}`]: { body: data },
      [`app/blobs/${digest}`]: { body: data },
    });
    await expect(readDescribed(remote, 'blobs', new Fields(descriptor))).rejects.toThrow(message);
    const good = await readDescribed(remote, 'blobs', new Fields({ digest: own, size: 7 }));
    expect(Buffer.from(good).toString()).toBe(data);
  });
});
