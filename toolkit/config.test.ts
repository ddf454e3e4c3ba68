import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { flags, helpText, readCommandLine } from './config.ts';

const config = (...argv: string[]) => {
  const command = readCommandLine(argv, {});
  if (command.ask !== 'run') throw new Error(command.ask);
  return command.config;
};

describe('readCommandLine', () => {
  test('has the defaults of the original controllers', () => {
    expect(config()).toMatchObject({
      minRetryMs: 750,
      maxRetryMs: 900_000,
      dependencyMs: 30_000,
      jitter: 0.05,
      crossNamespace: true,
      storageListen: { host: undefined, port: 9090 },
      keptMs: 60_000,
      keptRecords: 2,
      limits: { index: 52_428_800, chart: 10_485_760 },
      httpAttempts: 10,
    });
  });

  test.each([
    [['--storage-addr=[::1]:1'], { storageListen: { host: '::1', port: 1 } }],
    [['--no-cross-namespace-refs'], { crossNamespace: false }],
    [['--no-remote-bases'], { remoteBases: false }],
    [['--artifact-digest-algo=blake3'], { digestAlgorithm: 'blake3' }],
    [['--override-manager=a,b', '--override-manager', 'c'], { overriddenManagers: ['a,b', 'c'] }],
    [
      ['--custom-apply-stage-kinds=Secret, example.com/Role'],
      { stageKinds: new Set(['Secret', 'example.com/Role']) },
    ],
    [['--watch-label-selector=!shard'], { labelSelector: '!shard' }],
    [['--watch-all-namespaces=false'], { allNamespaces: false }],
    [['--feature-gates=StrictPostBuildSubstitutions=false'], { strictSubstitutions: false }],
    [
      [
        '--feature-gates=ObjectLevelWorkloadIdentity=true',
        '--default-kubeconfig-service-account=far',
      ],
      { defaultKubeConfigAccount: 'far' },
    ],
    [['--log-level=debug'], { notes: ['--log-level has no effect: the log has one level'] }],
  ])('%j', (argv, want) => {
    expect(config(...argv)).toMatchObject(want);
  });

  test.each([
    [['--nope'], 'unknown flag: --nope'],
    [
      ['--default-decryption-service-account=a'],
      'cannot set default service accounts when the feature gate ObjectLevelWorkloadIdentity is not enabled',
    ],
    [
      ['--default-kubeconfig-service-account=a'],
      'cannot set default service accounts when the feature gate ObjectLevelWorkloadIdentity is not enabled',
    ],
    [['--watch-label-selector=a b'], 'couldn\'t parse the selector string "a b"'],
    [['--override-manager='], 'needs a name'],
    [['--custom-apply-stage-kinds=a/b/C'], 'invalid group/kind format: a/b/C'],
    [['--storage-addr=nowhere'], 'is no address'],
    [['--storage-addr=:70000'], 'is no address'],
    [['--interval-jitter-percentage=101'], 'between 0 and 100'],
    [['--concurrent=0'], '1 or more'],
    [['--artifact-digest-algo=md5'], 'unsupported digest algorithm: md5'],
    [['install'], 'unknown command "install"'],
    [['crds', 'more'], 'unknown command "crds"'],
  ])('refuses %j', (argv, message) => {
    expect(() => readCommandLine(argv, {})).toThrow(message);
  });

  test.each([
    [['--help'], 'help'],
    [['--version'], 'version'],
    [['crds'], 'crds'],
    [['crds', 'stored'], 'stored crds'],
  ])('%j asks for nothing else', (argv, ask) => {
    expect(readCommandLine(argv, {})).toEqual({ ask });
  });

  test('the page of the reference names every flag', () => {
    const page = readFileSync(
      path.join(import.meta.dirname, '../docs/reference/toolkit.md'),
      'utf8',
    );
    for (const { name } of flags) {
      if (name !== 'version') expect(page).toContain(`\`--${name}\``);
      expect(helpText()).toContain(`--${name}`);
    }
  });
});
