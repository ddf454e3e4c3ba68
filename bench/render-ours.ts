/** Renders one chart again and again with our engine; the twin of render-peer/main.go. */
import { performance } from 'node:perf_hooks';
import {
  coalesceValues,
  defaultCapabilities,
  processDependencies,
  renderTemplates,
} from '../lib/helm/chart/mod.ts';
import { loadChartPath } from '../lib/helm/fetch/mod.ts';
import { hostCapabilities } from '../lib/helm/host/mod.ts';
import { createFunctions } from '../lib/helm/sprig/mod.ts';
import { byteLength } from '../lib/helm/values/mod.ts';
import { systemClock } from '../lib/runtime/mod.ts';

const [folder = '.', seconds = '2'] = process.argv.slice(2);
const chart = processDependencies(await loadChartPath(folder), new Map());
const functions = createFunctions(hostCapabilities(systemClock));

const round = (): ReadonlyMap<string, string> =>
  renderTemplates({
    chart,
    values: coalesceValues(chart, new Map()),
    release: { name: 'rel', namespace: 'ns', revision: 1, isInstall: true, isUpgrade: false },
    capabilities: defaultCapabilities,
    functions,
  });

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const roundsMs: number[] = [];
let files = round();
// The first rounds compile: templates once, and JavaScript as it gets hot.
for (let warm = 0; warm < 20; warm += 1) files = round();
const start = performance.now();
const cpu = process.cpuUsage();
while (performance.now() - start < Number(seconds) * 1000 || roundsMs.length < 5) {
  const began = performance.now();
  files = round();
  roundsMs.push(performance.now() - began);
}
console.log(
  JSON.stringify({
    roundsMs,
    cpuMs: cpuSince(cpu) / roundsMs.length,
    files: files.size,
    bytes: [...files.values()].reduce((sum, text) => sum + byteLength(text), 0),
    rssMb: process.resourceUsage().maxRSS / 1024,
  }),
);
