/** How a stream is split into documents, against the expression that Helm 3.19's releaseutil splits it with. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitManifests } from './manifest.ts';

describe('splitManifests', () => {
  test.each([
    ['one', 'a: 1\n', ['a: 1']],
    [
      'several, with space around',
      '---\na: 1\n\n --- x\n---   \n\nb: 2\n',
      ['a: 1\n\n --- x', 'b: 2'],
    ],
    ['empty ones are left out', '---\na: 1\n---\n', ['a: 1']],
    [
      'a separator uses up the line break that another one needs',
      '---\n---\n---\na: 1',
      ['---', 'a: 1'],
    ],
    ['a separator needs no space after it', 'a: 1\n---b: 2', ['a: 1', 'b: 2']],
    ['in the middle of a line it is text', 'a: x---y\n', ['a: x---y']],
    ['nothing', ' \n\t', []],
  ])('%s', (_, stream, documents) => {
    expect(splitManifests(stream)).toEqual(documents);
  });

  test('as the expression has it, on any text', () => {
    const piece = fc.constantFrom('---', '-', '\n', '\r\n', ' ', '\t', 'a', 'b: 1');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        const expected = text
          .trim()
          .split(/(?:^|[\t\n\f\r ]*\n)---[\t\n\f\r ]*/)
          .filter((document) => document !== '')
          .map((document) => document.trim());
        expect(splitManifests(text)).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });

  // Each would take hours if the time grew with the square of the length.
  test.each([
    ['empty lines', '\n'.repeat(4_000_000)],
    ['spaces', ' '.repeat(4_000_000)],
    ['dashes', '-'.repeat(4_000_000)],
    ['separators', '---\n'.repeat(1_000_000)],
    ['separators in lines', ' ---'.repeat(1_000_000)],
  ])('four megabytes of %s', (_, filler) => {
    expect(splitManifests(`a: 1${filler}\n---\nb: 2`).at(-1)).toMatch(/b: 2$/);
  });
});
