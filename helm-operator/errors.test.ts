import { describe, expect, test } from 'vitest';
import { HelmError } from '../lib/helm/chart/mod.ts';
import { OperatorError, safeMessage, worthRetrying } from './errors.ts';

test.each([
  [
    'failed to fetch https://ann:s3cret@host/a.tgz : 404',
    'failed to fetch https://host/a.tgz : 404',
  ],
  [
    'clone of https://token@host/x and ssh://git@host/y',
    'clone of https://host/x and ssh://host/y',
  ],
  ['mail to a@b', 'mail to a@b'],
])('safeMessage(%j)', (message, want) => {
  expect(safeMessage(new Error(message))).toBe(want);
});

describe('worthRetrying', () => {
  const wrapped = (cause: unknown) => new Error('upgrade failed: x', { cause });
  test.each([
    {
      why: 'a template error',
      thrown: wrapped(new HelmError('RenderFailed', 'a', 'x')),
      want: false,
    },
    {
      why: 'objects that are not ready',
      thrown: wrapped(new HelmError('NotReady', 'a', 'x')),
      want: true,
    },
    { why: 'a foreign release', thrown: new OperatorError('NotOurs', 'a', 'x'), want: false },
    {
      why: 'a chart that cannot be had, whatever the reason below',
      thrown: new OperatorError('ChartFetchFailed', 'a', 'x', {
        cause: new HelmError('InvalidChart', 'a', 'x'),
      }),
      want: true,
    },
    { why: 'what nobody foresaw', thrown: wrapped(new TypeError('x')), want: true },
  ])('$why: $want', ({ thrown, want }) => {
    expect(worthRetrying(thrown)).toBe(want);
  });
});
