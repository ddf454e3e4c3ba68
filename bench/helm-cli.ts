/**
 * How long `helm template` takes as a process, helm's and ours, in turns.
 *
 * `HELM_BIN=/path/to/helm npm run bench -- helm-cli [runs]`, after `npm run build`. Prints the fastest and the median
 * run of each in milliseconds, that of Node doing nothing, and the largest memory of one run.
 */
import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';

export function run(argv: readonly string[]): Promise<void> {
  const { HELM_BIN } = process.env;
  const runs = Number(argv[0] ?? 30);
  const chart = ['template', 'podinfo', 'chart/podinfo'];
  const programs: readonly { name: string; words: readonly string[] }[] = [
    { name: 'node, nothing', words: [process.execPath, '-e', '0'] },
    { name: 'the same on Node', words: [process.execPath, 'dist/reflux-helm.cjs', ...chart] },
    { name: 'reflux-helm template', words: ['dist/reflux-helm', ...chart] },
    ...(HELM_BIN === undefined ? [] : [{ name: 'helm template', words: [HELM_BIN, ...chart] }]),
  ];

  const times = programs.map((): number[] => []);
  for (let turn = 0; turn < runs; turn += 1) {
    for (const [at, { words }] of programs.entries()) {
      const [program = '', ...args] = words;
      const begun = performance.now();
      const { status, stderr } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
      times[at]?.push(performance.now() - begun);
      if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr.toString()}`);
    }
  }

  const rows = programs.map(({ name, words }, at) => {
    const sorted = [...(times[at] ?? [])].sort((a, b) => a - b);
    return {
      name,
      fastest: sorted[0] ?? 0,
      median: sorted[Math.floor(sorted.length / 2)] ?? 0,
      memory: memoryOf(words),
    };
  });
  for (const { name, fastest, median, memory } of rows) {
    console.log(
      `${name.padEnd(22)} fastest ${fastest.toFixed(0).padStart(5)} ms   median ${median.toFixed(0).padStart(5)} ms   ${memory}`,
    );
  }
  const [, , ours, theirs] = rows;
  if (ours !== undefined && theirs !== undefined) {
    console.log(
      `reflux-helm / helm: fastest ${(ours.fastest / theirs.fastest).toFixed(2)}, median ${(ours.median / theirs.median).toFixed(2)}`,
    );
  }
  return Promise.resolve();
}

/** The largest resident set, where GNU time is installed. */
function memoryOf(words: readonly string[]): string {
  const { stderr, status } = spawnSync('/usr/bin/time', ['-f', '%M', ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const kibibytes = Number(stderr?.toString().trim().split('\n').at(-1));
  return status === 0 && Number.isFinite(kibibytes) ? `${Math.round(kibibytes / 1024)} MiB` : '';
}
