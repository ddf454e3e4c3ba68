import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { flags, readCommandLine } from './config.ts';
import { originalFlags, takeOriginalFlags } from './original-flags.ts';
import { defaultGates, gatesWithoutEffect } from './runtime/mod.ts';

const reference = readFileSync(new URL('../docs/reference/toolkit.md', import.meta.url), 'utf8');

describe("flags of the originals that are none of the toolkit's", () => {
  test('are taken out, with what to say of them', () => {
    const argv = [
      '--log-level=debug',
      '--concurrent=3',
      '--kube-api-qps',
      '50',
      '--leader-election-release-on-cancel',
      '--snapshot-digest-algo=sha256',
      '--insecure-kubeconfig-tls=false',
      '--',
      '--health-addr=:1',
    ];
    expect(takeOriginalFlags(argv)).toEqual({
      rest: ['--concurrent=3', '--', '--health-addr=:1'],
      notes: [
        '--log-level has no effect: the log has one level',
        '--kube-api-qps has no effect: the API server limits requests',
        '--leader-election-release-on-cancel has no effect: a Lease is always given back',
      ],
    });
  });

  test.each([
    ['--snapshot-digest-algo=sha512', 'digests of snapshots are SHA-256'],
    ['--insecure-kubeconfig-exec', 'kubeconfigs run no programs'],
  ])('%s is refused', (word, why) => {
    expect(() => readCommandLine([word], {})).toThrow(why);
  });

  test('are not called as one that has an effect, and each is in the reference', () => {
    const own: readonly string[] = flags.map(({ name }) => name);
    for (const { name } of originalFlags) {
      expect(own).not.toContain(name);
      expect(reference).toContain(`\`--${name}\``);
    }
  });

  test('each gate is in the reference', () => {
    for (const name of [...Object.keys(defaultGates), ...Object.keys(gatesWithoutEffect)])
      expect(reference).toContain(`\`${name}\``);
  });
});
