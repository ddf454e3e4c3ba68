/** `npm run bench -- NAME [flags]`: one measurement, as ratios of what ran on the same machine in the same run. */
import os from 'node:os';
import { messageOf } from '../lib/runtime/mod.ts';

/** Each prints its own table. Loaded when asked for. */
const benches: Readonly<
  Record<string, () => Promise<{ run(argv: readonly string[]): Promise<void> }>>
> = {
  edit: () => import('./edit.ts'),
  'helm-cli': () => import('./helm-cli.ts'),
  releases: () => import('./releases.ts'),
  scan: () => import('./scan.ts'),
  render: () => import('./render.ts'),
  sync: () => import('./sync.ts'),
  toolkit: () => import('./toolkit.ts'),
};

const [name = '', ...argv] = process.argv.slice(2);
const load = benches[name];
if (load === undefined) {
  console.error(`usage: npm run bench -- ${Object.keys(benches).join('|')} [flags]`);
  process.exitCode = 2;
} else {
  const [cpu] = os.cpus();
  console.log(
    `${name}: ${os.cpus().length} × ${cpu?.model ?? 'unknown CPU'}, Node ${process.versions.node}, ${os.platform()}`,
  );
  try {
    await (await load()).run(argv);
  } catch (thrown) {
    console.error(messageOf(thrown));
    process.exitCode = 1;
  }
}
