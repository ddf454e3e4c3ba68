/**
 * Renders charts in process, warm, beside Helm's engine in Go on the same machine.
 *
 *     npm run bench -- render [--charts=CHECKOUT] [--seconds=2]
 *
 * CHECKOUT is a clone of github.com/helm/charts. A round is what an operator does for each reconcile: values coalesced
 * with the charts' defaults, every template executed; the chart is loaded and its dependencies processed before. Each
 * engine runs in a process of its own for the given time; medians are compared, and processor time (`CPU`), which other
 * work on the machine disturbs less. Needs Go.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { prepareCharts } from './render-charts.ts';

const execute = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));

interface Measured {
  roundsMs: number[];
  /** Processor time a round, of all threads. */
  cpuMs: number;
  files: number;
  bytes: number;
  rssMb: number;
}

export async function run(argv: readonly string[]): Promise<void> {
  const flag = (name: string): string | undefined =>
    argv.find((each) => each.startsWith(`--${name}=`))?.slice(name.length + 3);
  const seconds = flag('seconds') ?? '2';
  const folder = await mkdtemp(path.join(tmpdir(), 'reflux-bench-'));
  try {
    const peer = path.join(folder, 'render-peer');
    await execute('go', ['build', '-o', peer, '.'], { cwd: path.join(here, 'render-peer') });
    const charts = await prepareCharts(path.join(folder, 'charts'), flag('charts'));
    print([
      'chart',
      'files',
      'KiB',
      'Go ms',
      'ours ms',
      'faster',
      'Go CPU',
      'ours',
      'less',
      'Go MB',
      'ours MB',
    ]);
    for (const chart of charts) {
      const go = await measure(peer, [chart.folder, seconds]);
      const ours = await measure(process.execPath, [
        ...['--import', 'tsx', path.join(here, 'render-ours.ts'), chart.folder, seconds],
      ]);
      const [theirMs, ourMs] = [median(go.roundsMs), median(ours.roundsMs)];
      print([
        chart.name,
        String(ours.files),
        (ours.bytes / 1024).toFixed(0),
        theirMs.toFixed(2),
        ourMs.toFixed(2),
        `${(theirMs / ourMs).toFixed(1)}×`,
        go.cpuMs.toFixed(2),
        ours.cpuMs.toFixed(2),
        `${(go.cpuMs / ours.cpuMs).toFixed(1)}×`,
        go.rssMb.toFixed(0),
        ours.rssMb.toFixed(0),
      ]);
      if (go.files !== ours.files || go.bytes !== ours.bytes)
        console.log(`  Go renders ${go.files} files of ${go.bytes} bytes: not the same`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function print([name = '', ...columns]: readonly string[]): void {
  console.log(name.padEnd(28) + columns.map((column) => column.padStart(9)).join(''));
}

async function measure(program: string, args: readonly string[]): Promise<Measured> {
  const { stdout } = await execute(program, [...args], { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout) as Measured;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
