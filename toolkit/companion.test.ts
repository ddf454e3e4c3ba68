import { describe, expect, test } from 'vitest';
import { readCompanion, splitArguments } from './companion.ts';

const unlimited = { isConfined: false, leaderElection: false };

describe('splitArguments', () => {
  test.each([
    { why: 'with =', argv: ['-l', ':1', '--toolkit-concurrent=8'], own: ['--concurrent=8'] },
    {
      why: 'with the value apart',
      argv: ['--toolkit-concurrent', '8'],
      own: ['--concurrent', '8'],
    },
    {
      why: 'a boolean does not take the next word',
      argv: ['--toolkit-no-cross-namespace-refs', 'x'],
      own: ['--no-cross-namespace-refs'],
    },
    {
      why: 'those of the originals, too',
      argv: ['--toolkit-kube-api-qps', '50', '--toolkit-leader-election-release-on-cancel', 'x'],
      own: ['--kube-api-qps', '50', '--leader-election-release-on-cancel'],
    },
    { why: '--toolkit is of the program', argv: ['--toolkit'], own: [] },
    { why: 'so is what the program decides', argv: ['--toolkit-kubeconfig=x'], own: [] },
    { why: 'so is what nobody knows', argv: ['--toolkit-nope=x'], own: [] },
    { why: 'nothing after --', argv: ['--', '--toolkit-concurrent=8'], own: [] },
  ])('$why', ({ argv, own }) => {
    const found = splitArguments(argv);
    expect(found.own).toEqual(own);
    expect(found.rest.length).toBe(argv.length - own.length);
  });
});

describe('readCompanion', () => {
  test('is nothing without --toolkit, and says so of flags that have no effect', () => {
    expect(readCompanion(false, [], {}, unlimited)).toBeUndefined();
    expect(() => readCompanion(false, ['--concurrent', '8'], {}, unlimited)).toThrow(
      '--toolkit-concurrent has no effect without --toolkit',
    );
  });

  test('has the defaults of the toolkit', () => {
    expect(readCompanion(true, ['--concurrent', '8'], {}, unlimited)).toMatchObject({
      concurrent: 8,
      allNamespaces: true,
      leaderElection: false,
      crossNamespace: true,
      defaultServiceAccount: '',
    });
  });

  test('keeps the limits of the program, unless told otherwise', () => {
    const limits = {
      isConfined: true,
      leaderElection: true,
      defaultServiceAccount: 'tenant',
      crossNamespaceRefs: false,
    };
    expect(readCompanion(true, [], {}, limits)).toMatchObject({
      allNamespaces: false,
      leaderElection: true,
      defaultServiceAccount: 'tenant',
      crossNamespace: false,
    });
    const own = ['--watch-all-namespaces', '--default-service-account=other'];
    expect(readCompanion(true, own, {}, limits)).toMatchObject({
      allNamespaces: true,
      defaultServiceAccount: 'other',
    });
  });

  test.each([
    [['--concurrent=0'], '--toolkit-concurrent has to be 1 or more'],
    [['--ssh-kex-algos=x'], '--toolkit-ssh-kex-algos=x is not supported: algorithms are those'],
    [['--artifact-retention-ttl=x'], 'for "--toolkit-artifact-retention-ttl" flag'],
  ])('refuses %j by the full name', (own, message) => {
    expect(() => readCompanion(true, own, {}, unlimited)).toThrow(message);
  });

  test('says what has no effect by the full name', () => {
    expect(readCompanion(true, ['--log-level', 'debug'], {}, unlimited)?.notes).toEqual([
      '--toolkit-log-level has no effect: the log has one level',
    ]);
    const own = ['--helm-cache-ttl=1m', '--log-encoding=json'];
    expect(readCompanion(true, own, {}, unlimited)?.notes).toEqual([
      '--toolkit-helm-cache-ttl has no effect: an index is read once for each of its versions',
      '--toolkit-log-encoding has no effect: --log-format says it',
    ]);
  });
});
