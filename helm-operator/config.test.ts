import { describe, expect, test } from 'vitest';
import { helpText, readCommandLine } from './config.ts';

const config = (...argv: string[]) => {
  const command = readCommandLine(argv, {});
  if (command.ask !== 'run') throw new Error(command.ask);
  return command.config;
};

describe('readCommandLine', () => {
  test('has the defaults of Helm Operator 1.4.4', () => {
    expect(config()).toMatchObject({
      logFormat: 'fmt',
      workers: 2,
      listen: { host: undefined, port: 3030 },
      chartsSyncIntervalMs: 180_000,
      statusUpdateIntervalMs: 10_000,
      gitTimeoutMs: 20_000,
      gitPollIntervalMs: 300_000,
      gitDefaultRef: 'master',
      updateChartDeps: true,
      allowNamespace: undefined,
      complaints: [],
    });
  });

  test.each([
    [['--listen=127.0.0.1:1'], { listen: { host: '127.0.0.1', port: 1 } }],
    [['--listen=[::1]:1'], { listen: { host: '::1', port: 1 } }],
    [['--allow-namespace=a'], { allowNamespace: 'a' }],
    [['--update-chart-deps=false'], { updateChartDeps: false }],
    [['--tiller-ip=1.2.3.4', '--tiller-tls-enable'], { workers: 2 }],
  ])('%j', (argv, want) => {
    expect(config(...argv)).toMatchObject(want);
  });

  test('Helm 2 that was asked for is refused with the way out, and version 3 served', () => {
    expect(config('--enabled-helm-versions=v2,v3').complaints).toEqual([
      expect.stringContaining('helm 2to3'),
    ]);
    expect(() => config('--enabled-helm-versions=v2')).toThrow('helm 2to3');
  });

  test.each([
    [['--nope'], 'unknown flag: --nope'],
    [['--listen=nowhere'], 'address:port is expected'],
  ])('refuses %j', (argv, message) => {
    expect(() => readCommandLine(argv, {})).toThrow(message);
  });

  test('version and help ask for nothing else', () => {
    expect(readCommandLine(['--version'], {})).toEqual({ ask: 'version' });
    expect(() => readCommandLine(['-h'], {})).toThrow(expect.objectContaining({ reason: 'Help' }));
    expect(helpText()).toContain('--git-poll-interval');
  });
});
