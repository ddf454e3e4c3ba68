import { describe, expect, test } from 'vitest';
import { readConfig } from './config.ts';

describe('readConfig', () => {
  test('has the defaults of Flux 1.25.4', () => {
    const { flags, syncState, gitLabel, automationIntervalMs } = readConfig([], {});
    expect(flags).toMatchObject({
      listen: ':3030',
      'git-branch': 'master',
      'git-user': 'Weave Flux',
      'git-email': 'support@weave.works',
      'git-poll-interval': 300_000,
      'git-timeout': 20_000,
      'sync-interval': 300_000,
      'sync-timeout': 60_000,
      'registry-rps': 50,
      'registry-burst': 10,
      'registry-exclude-image': ['k8s.gcr.io/*'],
      'k8s-secret-name': 'flux-git-deploy',
    });
    expect({ syncState, gitLabel, automationIntervalMs }).toEqual({
      syncState: 'git',
      gitLabel: { syncTag: 'flux-sync', notesRef: 'flux' },
      automationIntervalMs: 300_000,
    });
  });

  test.each([
    [['--git-readonly'], { syncState: 'secret' }],
    [['--git-label=x'], { gitLabel: { syncTag: 'x', notesRef: 'x' } }],
    [['--registry-poll-interval=1m'], { automationIntervalMs: 60_000 }],
    [
      ['--registry-poll-interval=1m', '--automation-interval=2m'],
      { automationIntervalMs: 120_000 },
    ],
    [['--git-verify-signatures'], { verifyMode: 'all' }],
    [
      ['--git-verify-signatures', '--git-verify-signatures-mode=first-parent'],
      { verifyMode: 'first-parent' },
    ],
    [['--git-ci-skip'], { skipMessage: '\n\n[ci skip]' }],
    [['--git-ci-skip', '--git-ci-skip-message=x'], { skipMessage: 'x' }],
    [
      ['--k8s-allow-namespace=a,b', '--k8s-namespace-whitelist=b,c'],
      { allowedNamespaces: ['a', 'b', 'c'] },
    ],
  ])('%j', (argv, want) => {
    expect(readConfig(argv, {})).toMatchObject(want);
  });

  test.each([
    [['--git-path=/abs'], 'should not have leading forward slash'],
    [['--sync-state=other'], 'unknown value "other" for --sync-state'],
    [['--git-verify-signatures-mode=some'], 'unknown value "some"'],
    [['--nope'], 'unknown flag: --nope'],
  ])('refuses %j', (argv, message) => {
    expect(() => readConfig(argv, {})).toThrow(message);
  });

  test('shares what it knows of images only when told where', () => {
    expect(readConfig(['--memcached-service='], {}).memcached).toBeUndefined();
    expect(readConfig(['--memcached-hostname=m', '--memcached-service='], {}).memcached).toEqual({
      host: 'm',
      port: 11_211,
      service: '',
      timeoutMs: 1000,
    });
  });
});
