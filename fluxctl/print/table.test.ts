import { expect, test } from 'vitest';
import { printTable } from './table.ts';

test('columns are two spaces apart, the last cell is not padded, empty last cells keep the padding', () => {
  expect(
    printTable([
      ['WORKLOAD', 'CONTAINER', 'POLICY'],
      ['demo:deployment/podinfo', 'podinfod', 'automated'],
      ['', 'init', ''],
    ]),
  ).toBe(
    'WORKLOAD                 CONTAINER  POLICY\n' +
      'demo:deployment/podinfo  podinfod   automated\n' +
      '                         init       \n',
  );
});
