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

  test('refuses what the toolkit refuses', () => {
    expect(() => readCompanion(true, ['--concurrent=0'], {}, unlimited)).toThrow('1 or more');
  });
});
