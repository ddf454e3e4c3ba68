import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { OciTransport } from '../../lib/helm/fetch/mod.ts';
import { findSigned } from './cosign-signed.ts';

const indexType = 'application/vnd.oci.image.index.v1+json';
const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const artifact = digestOf('artifact');
const asTag = artifact.replace(':', '-');
const reference = { host: 'registry.example', repository: 'app', tag: '', digest: '' };

const bundle = (mediaType = 'application/vnd.dev.sigstore.bundle.v0.3+json') =>
  JSON.stringify({
    mediaType,
    verificationMaterial: { publicKey: { hint: 'a' }, tlogEntries: [] },
    dsseEnvelope: { payload: 'YQ==', payloadType: 'b', signatures: [{ sig: 'Yw==' }] },
  });
const current = bundle();

/** What a registry answers by path, besides the contents named by their digests. */
class Registry {
  readonly answers = new Map<string, { type: string; body: string }>();
  readonly asked: string[] = [];

  blob(text: string): { digest: string; size: number } {
    this.answers.set(`app/blobs/${digestOf(text)}`, { type: '', body: text });
    return { digest: digestOf(text), size: text.length };
  }

  /** @returns its descriptor */
  manifest(tag: string | undefined, layers: readonly unknown[]): { digest: string } {
    const body = JSON.stringify({ schemaVersion: 2, layers });
    this.answers.set(`app/manifests/${tag ?? digestOf(body)}`, { type: '', body });
    return { digest: digestOf(body) };
  }

  bundled(text: string, mediaType = 'application/vnd.dev.sigstore.bundle.v0.3+json') {
    return this.manifest(undefined, [{ mediaType, ...this.blob(text) }]);
  }

  index(path: string, manifests: readonly unknown[]): void {
    this.answers.set(`app/${path}`, { type: indexType, body: JSON.stringify({ manifests }) });
  }

  layer(): void {
    const annotations = { 'dev.cosignproject.cosign/signature': 'Yw==' };
    const mediaType = 'application/vnd.dev.cosign.simplesigning.v1+json';
    this.manifest(`${asTag}.sig`, [{ mediaType, annotations, ...this.blob('payload') }]);
  }

  readonly send: OciTransport['send'] = ({ path }) => {
    this.asked.push(path);
    const found = this.answers.get(path);
    if (found?.type === 'refused') return Promise.reject(new Error('status code 405'));
    return Promise.resolve({
      status: found === undefined ? 404 : 200,
      headers: new Headers(found === undefined ? {} : { 'content-type': found.type }),
      body: Buffer.from(found?.body ?? ''),
    });
  };

  async layouts(): Promise<string[]> {
    const found = await findSigned({ transport: this, reference }, artifact);
    return found.map(({ layout }) => layout);
  }
}

describe('findSigned()', () => {
  test('takes the bundles that the registry lists, and nothing else then', async () => {
    const registry = new Registry();
    registry.layer();
    registry.index(`referrers/${artifact}`, [
      registry.bundled(current),
      registry.bundled('{}', 'application/vnd.example.sbom'),
      { digest: digestOf('gone') },
      { digest: 'of another kind' },
    ]);
    expect(await registry.layouts()).toEqual(['bundle']);
    expect(registry.asked).not.toContain(`app/manifests/${asTag}.sig`);
  });

  test.each([
    ['which it does not know', undefined],
    ['which it refuses', { type: 'refused', body: '' }],
    ['which it answers with something else', { type: 'text/html', body: '<html>' }],
  ])('takes those of the tag without a list, %s', async (_, answer) => {
    const registry = new Registry();
    if (answer !== undefined) registry.answers.set(`app/referrers/${artifact}`, answer);
    registry.index(`manifests/${asTag}`, [registry.bundled(current)]);
    expect(await registry.layouts()).toEqual(['bundle']);
  });

  test.each([
    ['too old', bundle('application/vnd.dev.sigstore.bundle+json;version=0.2')],
    ['no bundle', '{}'],
    ['no JSON', '{'],
  ])('passes over a bundle that is %s', async (_, text) => {
    const registry = new Registry();
    registry.layer();
    registry.index(`referrers/${artifact}`, [registry.bundled(text)]);
    expect(await registry.layouts()).toEqual(['layer']);
  });

  test('finds nothing where there is nothing', async () => {
    expect(await new Registry().layouts()).toEqual([]);
  });
});
