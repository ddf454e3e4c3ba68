/**
 * Life cycles of releases on a real API server, by helm, by `reflux-helm` and by both in turns: after every step the
 * objects, the stored releases, the output and the exit status have to be the same.
 *
 * `HELM_BIN=/path/to/helm KUBECONFIG=/path/to/kubeconfig npx tsx hack/helm-lifecycles/main.ts [part of a name]`
 *
 * The cluster needs a controller manager and no kubelet. `OURS` names another program than dist/reflux-helm.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createKubeClient, loadConnection } from '../../lib/kube/mod.ts';
import { runScenario } from './run-scenario.ts';
import type { Mode, StepResult } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';

const { HELM_BIN, KUBECONFIG, OURS } = process.env;
if (HELM_BIN === undefined || KUBECONFIG === undefined) {
  console.log('skipped: HELM_BIN and KUBECONFIG say which helm and which cluster');
  process.exit(0);
}
const programs = {
  helm: [HELM_BIN],
  ours: (OURS ?? 'dist/reflux-helm').split(' '),
  kubeconfig: path.resolve(KUBECONFIG),
};
const kube = createKubeClient({
  connection: await loadConnection({ env: process.env, path: KUBECONFIG }),
});
const filter = process.argv[2] ?? '';
const chosen = scenarios
  .slice(Number(process.env['FROM'] ?? 0))
  .filter(({ name }) => name.includes(filter));
const folder = await mkdtemp(path.join(tmpdir(), 'reflux-lifecycles-'));
const tag = Date.now().toString(36);
let equal = 0;
let steps = 0;
try {
  for (const [at, scenario] of chosen.entries()) {
    const charts = path.join(folder, String(at));
    await writeCharts(scenario, charts);
    const run = (mode: Mode, short: string) =>
      runScenario(scenario, mode, {
        kube,
        programs,
        charts,
        namespace: `life-${tag}-${at}-${short}`,
      });
    const wanted = await run('helm', 'h');
    let problems: string[] = [];
    for (const [mode, short] of [
      ['ours', 'o'],
      ['helm first', 'ho'],
      ['ours first', 'oh'],
    ] as const) {
      problems = [...problems, ...compare(mode, wanted, await run(mode, short))];
    }
    steps += wanted.length;
    if (problems.length === 0) equal += 1;
    console.log(
      `${problems.length === 0 ? 'ok  ' : 'DIFF'} ${scenario.name} (${wanted.length} steps)`,
    );
    for (const problem of problems.slice(0, Number(process.env['SHOW'] ?? 12)))
      console.log(problem);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
  await kube.close();
}
console.log(`equal ${equal} of ${chosen.length} life cycles, ${steps} steps in 4 ways`);
process.exitCode = equal === chosen.length ? 0 : 1;

async function writeCharts(scenario: Scenario, charts: string): Promise<void> {
  for (const [name, files] of Object.entries(scenario.charts)) {
    const version = /\d/.exec(name)?.[0] ?? '9';
    const all = { 'Chart.yaml': `apiVersion: v2\nname: life\nversion: 0.${version}.0\n`, ...files };
    for (const [file, text] of Object.entries(all)) {
      const full = path.join(charts, name, file);
      await mkdir(path.dirname(full), { recursive: true });
      await writeFile(full, text);
    }
  }
}

function compare(
  mode: Mode,
  wanted: readonly StepResult[],
  found: readonly StepResult[],
): string[] {
  return wanted.flatMap((want, at) => {
    const got = found[at];
    const where = `  [${mode}] after ${at + 1}. ${want.step}:`;
    if (got === undefined) return [`${where} no result`];
    return [
      ...(want.printed === got.printed
        ? []
        : [`${where} printed\n${lines(want.printed, got.printed)}`]),
      ...compareMaps(where, want.objects, got.objects),
      ...compareMaps(where, want.releases, got.releases),
    ];
  });
}

function compareMaps(
  where: string,
  wanted: ReadonlyMap<string, string>,
  found: ReadonlyMap<string, string>,
): string[] {
  return [...new Set([...wanted.keys(), ...found.keys()])].flatMap((key) => {
    const [want, got] = [wanted.get(key), found.get(key)];
    if (want === got) return [];
    if (want === undefined) return [`${where} ${key} should not be there`];
    if (got === undefined) return [`${where} ${key} is missing`];
    return [`${where} ${key}\n${lines(want, got)}`];
  });
}

/** The lines that differ, and of long ones the part that does. */
function lines(want: string, got: string): string {
  const [left, right] = [want.split('\n'), got.split('\n')];
  const out: string[] = [];
  for (let at = 0; at < Math.max(left.length, right.length) && out.length < 12; at += 1) {
    const [a = '(none)', b = '(none)'] = [left[at], right[at]];
    if (a === b) continue;
    let same = 0;
    while (same < a.length && a[same] === b[same]) same += 1;
    const from = Math.max(0, same - 60);
    out.push(`    helm: ${a.slice(from, from + 260)}`, `    ours: ${b.slice(from, from + 260)}`);
  }
  return out.join('\n');
}
