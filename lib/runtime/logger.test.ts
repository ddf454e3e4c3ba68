import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createLogger } from './logger.ts';

function capture(format: string) {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(String(chunk).trimEnd());
      done();
    },
  });
  const now = () => new Date('2020-01-02T03:04:05.678Z');
  return { lines, log: createLogger({ format, stream, now }) };
}

describe('logfmt', () => {
  test('prints time and caller, then keys in order, quoting where needed', () => {
    const { lines, log } = capture('fmt');
    log
      .with({ component: 'daemon' })
      .log({ info: 'two words', count: 3, none: undefined, nil: null });
    expect(lines[0]).toMatch(
      /^ts=2020-01-02T03:04:05\.678000000Z caller=logger\.test\.ts:\d+ component=daemon info="two words" count=3 nil=null$/,
    );
  });

  test.each([
    ['plain', 'plain'],
    ['a=b', '"a=b"'],
    ['say "hi"', '"say \\"hi\\""'],
    ['two\nlines', '"two\\nlines"'],
    [new Error('it broke'), '"it broke"'],
    [true, 'true'],
  ])('%j', (value, want) => {
    const { lines, log } = capture('fmt');
    log.log({ value });
    expect(lines[0]?.split(' value=')[1]).toBe(want);
  });
});

test('json prints one object a line, errors as their message', () => {
  const { lines, log } = capture('json');
  log.log({ err: new Error('it broke'), n: 1 });
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    ts: '2020-01-02T03:04:05.678000000Z',
    err: 'it broke',
    n: 1,
  });
});
