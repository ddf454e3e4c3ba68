/** The guide's story, as `npm run demo` plays it, on a real control plane with the node stand-in. */
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { systemClock } from '../lib/runtime/mod.ts';
import { createNarrator, playStory, setStage } from '../demo/mod.ts';
import { kubeconfig } from './kubeconfig.ts';
import { startNode } from './node.ts';
import { keepOutput } from './secrets.ts';

test('the whole story plays, each proof is there', { timeout: 300_000 }, async () => {
  const out = new PassThrough();
  let told = '';
  out.on('data', (chunk: Buffer) => (told += chunk.toString()));
  const stage = await setStage(kubeconfig());
  const errors: Error[] = [];
  const node = startNode({
    kube: stage.kube,
    clock: systemClock,
    imageExists: (image) => stage.registry.imageExists(image),
    onError: (error) => errors.push(error),
  });
  stage.registry.onPush(() => {
    node.imagesChanged();
  });
  try {
    await playStory(stage, createNarrator({ out, signal: new AbortController().signal })).catch(
      (thrown: unknown) => {
        const logs = stage.programs.map(({ name, log }) => `${name}:\n${log().slice(-3000)}`);
        throw new Error(`${told}\n${logs.join('\n')}`, { cause: thrown });
      },
    );
    expect(told).not.toContain('✗');
    expect(errors).toEqual([]);
  } finally {
    await node.close();
    for (const { name, log } of stage.programs) await keepOutput(name, log());
    await stage.close();
  }
});
