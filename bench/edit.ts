/**
 * Policy changes in a repository of many files: one workload, then all of them, each as one commit by fluxd.
 *
 *     npm run bench -- edit [--files=10000]
 *
 * Times are from the request to the job's end: the whole repository read, the edits, their verification, commit and push.
 * Beside it what no program can do without: git clones, commits and pushes the same files; nothing is read or verified.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseFlags } from '../lib/runtime/mod.ts';
import { apiBase, apiPaths } from '../lib/wire/mod.ts';
import { freePort, projectRoot, runToEnd, startCommand } from '../demo/mod.ts';
import { bareRepository, gitEnv, openCluster } from './stage.ts';

const flags = [
  { name: 'files', type: 'int', default: 10_000, help: 'one Deployment each' },
] as const;

export async function run(argv: readonly string[]): Promise<void> {
  const { values } = parseFlags(flags, argv, { env: {} });
  const folder = await mkdtemp(path.join(tmpdir(), 'reflux-bench'));
  const cluster = await openCluster('', folder);
  const names = Array.from({ length: values.files }, (_, at) => `app${at}`);
  const work = path.join(folder, 'work');
  await mkdir(work);
  for (const name of names) await writeFile(path.join(work, `${name}.yaml`), manifestOf(name));
  const remote = path.join(folder, 'remote.git');
  const url = await bareRepository(work, remote);
  const [one, all] = [names.slice(0, 1), names];
  const bare = [
    await bareCommit(path.join(folder, 'bare-one'), remote, one),
    await bareCommit(path.join(folder, 'bare-all'), remote, all),
  ];
  const port = await freePort();
  const program = startCommand({
    name: 'fluxd',
    command: [process.execPath, path.join(projectRoot, 'dist/fluxd.js')],
    args: [
      ...[`--listen=127.0.0.1:${port}`, `--git-url=${url}`, '--git-branch=master'],
      ...['--git-user=Bench', '--git-email=bench@example.com', '--sync-interval=24h'],
      ...['--registry-disable-scanning', '--sync-timeout=10m', '--git-timeout=2m'],
    ],
    env: { ...gitEnv(folder), KUBECONFIG: cluster.kubeconfig },
    logFile: path.join(folder, 'fluxd.log'),
  });
  const api = `http://127.0.0.1:${port}${apiBase}`;
  const request = async (target: string, init?: RequestInit): Promise<unknown> => {
    for (;;) {
      if (program.exit() !== undefined) throw new Error(`fluxd ended:\n${program.log()}`);
      const answer = await fetch(`${api}${target}`, init).catch(() => undefined);
      if (answer?.ok === true) return answer.json();
      if (answer !== undefined && answer.status < 500) throw new Error(await answer.text());
      await delay(200);
    }
  };
  const jobOf = async (chosen: readonly string[]): Promise<number> => {
    const begun = performance.now();
    const spec = Object.fromEntries(
      chosen.map((name) => [`default:deployment/${name}`, { add: { automated: 'true' } }]),
    );
    const body = JSON.stringify({ type: 'policy', cause: { Message: '', User: '' }, spec });
    const headers = { 'content-type': 'application/json' };
    const id = await request(apiPaths.updateManifests, { method: 'POST', headers, body });
    for (;;) {
      const { StatusString: status, Err: problem } = (await request(
        `${apiPaths.jobStatus}?id=${String(id)}`,
      )) as { StatusString: string; Err: string };
      if (status === 'succeeded') return (performance.now() - begun) / 1000;
      if (status === 'failed') throw new Error(problem);
      await delay(20);
    }
  };
  try {
    // The first sync is over: it is not what is measured.
    while (!program.log().includes('state="tag')) {
      if (program.exit() !== undefined) throw new Error(`fluxd ended:\n${program.log()}`);
      await delay(50);
    }
    console.log(`${values.files} files`);
    for (const [at, chosen] of [one, all].entries()) {
      const seconds = await jobOf(chosen);
      const gitOnly = bare[at] ?? NaN;
      const changed = await runToEnd(
        'git',
        ['--git-dir', remote, 'show', '--numstat', '--format=', 'master'],
        gitEnv(folder),
        folder,
      );
      console.log(
        [
          `${chosen.length} workloads`.padEnd(16),
          `fluxd ${seconds.toFixed(2)} s`,
          `git alone ${gitOnly.toFixed(2)} s (${(seconds / gitOnly).toFixed(1)} ×)`,
          `files changed ${changed.trim().split('\n').length}`,
          `${program.peakMemoryMiB() ?? '?'} MiB`,
        ].join('  '),
      );
    }
  } finally {
    await program.stop();
    await cluster.close();
    await rm(folder, { recursive: true });
  }
}

function manifestOf(name: string): string {
  return `# What ${name} is.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: default
  annotations:
    fluxcd.io/ignore: "true" # only Git is measured, not the cluster
spec:
  replicas: 1
  selector:
    matchLabels: {app: ${name}}
  template:
    metadata:
      labels: {app: ${name}}
    spec:
      containers:
      - name: app
        image: "example.com/${name}:1.0.0"
        ports: [{name: http, containerPort: 8080}]
`;
}

/** A clone with a line more in each file, pushed to another branch. @returns seconds */
async function bareCommit(
  clone: string,
  remote: string,
  names: readonly string[],
): Promise<number> {
  const env = gitEnv(path.dirname(clone));
  const begun = performance.now();
  await runToEnd('git', ['clone', '--quiet', remote, clone], env, path.dirname(clone));
  for (const name of names) {
    const file = path.join(clone, `${name}.yaml`);
    await writeFile(file, `${await readFile(file, 'utf8')}# more\n`);
  }
  const who = ['-c', 'user.name=You', '-c', 'user.email=you@example.com'];
  await runToEnd('git', [...who, 'commit', '--quiet', '--all', '--message=More'], env, clone);
  const target = `HEAD:refs/heads/${path.basename(clone)}`;
  await runToEnd('git', ['push', '--quiet', 'origin', target], env, clone);
  return (performance.now() - begun) / 1000;
}
