import { describe, expect, test } from 'vitest';
import { flagUsage, parseFlags } from './flags.ts';

const specs = [
  { name: 'listen', short: 'l', type: 'string', default: ':3030', help: 'API listener' },
  { name: 'readonly', type: 'bool', default: false, help: 'never write' },
  { name: 'workers', type: 'int', default: 2, help: 'parallel workers' },
  { name: 'interval', type: 'duration', default: 300_000, help: 'how often' },
  { name: 'path', type: 'list', default: [], help: 'paths' },
  { name: 'set', type: 'array', default: [], help: 'values' },
  { name: 'verbose', short: 'v', type: 'count', default: 0, help: 'more output' },
  { name: 'url', type: 'string', default: '', help: 'base URL', env: 'FLUX_URL' },
  { name: 'old', type: 'bool', default: true, help: 'no longer used', deprecated: 'it is ignored' },
] as const;

describe('parseFlags', () => {
  test.each([
    { argv: [], want: { listen: ':3030', readonly: false, workers: 2, interval: 300_000 } },
    { argv: ['--listen=:1', '--readonly'], want: { listen: ':1', readonly: true } },
    { argv: ['-l', ':1', '--readonly=false'], want: { listen: ':1', readonly: false } },
    { argv: ['-l:1'], want: { listen: ':1' } },
    { argv: ['--interval', '1m30s'], want: { interval: 90_000 } },
    { argv: ['--path=a,b', '--path=c'], want: { path: ['a', 'b', 'c'] } },
    { argv: ['--path=a\\,b'], want: { path: ['a,b'] } },
    { argv: ['--set=a=1,b=2', '--set', 'c=3'], want: { set: ['a=1,b=2', 'c=3'] } },
    { argv: ['-vv', '--verbose'], want: { verbose: 3 } },
  ])('$argv', ({ argv, want }) => {
    expect(parseFlags(specs, argv).values).toMatchObject(want);
  });

  test('takes the environment only when the flag is not given', () => {
    const env = { FLUX_URL: 'http://env' };
    expect(parseFlags(specs, [], { env }).values.url).toBe('http://env');
    expect(parseFlags(specs, ['--url=http://flag'], { env }).values.url).toBe('http://flag');
  });

  test('keeps arguments, and everything behind a double dash', () => {
    expect(parseFlags(specs, ['a', '--readonly', 'b', '--', '--listen']).args).toEqual([
      'a',
      'b',
      '--listen',
    ]);
  });

  test('warns of a deprecated flag once and says which flags were given', () => {
    const parsed = parseFlags(specs, ['--old', '--old']);
    expect(parsed.warnings).toEqual(['Flag --old has been deprecated, it is ignored']);
    expect([...parsed.given]).toEqual(['old']);
  });

  test.each([
    [['--nope'], 'unknown flag: --nope'],
    [['-x'], "unknown shorthand flag: 'x' in -x"],
    [['--listen'], 'flag needs an argument: --listen'],
    [['-l'], "flag needs an argument: 'l' in -l"],
    [
      ['--workers=two'],
      'invalid argument "two" for "--workers" flag: strconv.ParseInt: parsing "two": invalid syntax',
    ],
    [['--interval=5'], 'invalid argument "5" for "--interval" flag: time: invalid duration "5"'],
    [
      ['--readonly=maybe'],
      'invalid argument "maybe" for "--readonly" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
  ])('%j is refused: %s', (argv, message) => {
    expect(() => parseFlags(specs, argv)).toThrow(message);
  });

  test.each([['--help'], ['-h']])('%s asks for help', (flag) => {
    expect(() => parseFlags(specs, [flag])).toThrow(expect.objectContaining({ reason: 'Help' }));
  });
});

test('flagUsage lists flags by name with their defaults and leaves deprecated ones out', () => {
  const lines = flagUsage(specs).split('\n');
  expect(lines[0]).toBe('      --interval duration   how often (default 5m0s)');
  expect(lines[1]).toBe('  -l, --listen string       API listener (default ":3030")');
  expect(flagUsage(specs)).not.toContain('--old');
});
