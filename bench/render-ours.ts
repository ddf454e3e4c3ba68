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

const roundsMs: number[] = [];
const start = performance.now();
let files = round();
while (performance.now() - start < Number(seconds) * 1000 || roundsMs.length < 5) {
  const began = performance.now();
  files = round();
  roundsMs.push(performance.now() - began);
}
console.log(
  JSON.stringify({
    roundsMs,
    files: files.size,
    bytes: [...files.values()].reduce((sum, text) => sum + byteLength(text), 0),
    rssMb: process.resourceUsage().maxRSS / 1024,
  }),
);
