import { expect, test } from 'vitest';
import { systemClock } from '../../lib/runtime/mod.ts';
import { publicRoot } from './cosign-root.ts';

test('what went wrong with the public root is told with its causes, each once', async () => {
  const refused = new Error('connect ECONNREFUSED 127.0.0.1:9');
  const wrapped = new Error(refused.message, { cause: refused });
  const asked = publicRoot({
    env: {},
    workFolder: '/nowhere',
    clock: systemClock,
    // As @sigstore/tuf wraps what its client throws.
    trustedRoots: () =>
      Promise.reject(new Error('error refreshing TUF metadata', { cause: wrapped })),
  });
  await expect(asked).rejects.toThrow(
    /^unable to initialize trusted root: error refreshing TUF metadata: connect ECONNREFUSED 127\.0\.0\.1:9$/,
  );
});
