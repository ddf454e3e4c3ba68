/**
 * `npm run e2e`: starts real control planes, runs the end-to-end suite and the conformance suite on them, and ends them;
 * then the story once more, on the oldest Kubernetes that is supported. Programs under test look at a whole cluster, so
 * that files run at the same time only on control planes of their own (`own-plane.ts`).
 *
 * Arguments go to vitest: `npm run e2e -- story`. Then only the newest Kubernetes is started; `--oldest` takes the oldest
 * in its place.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createKubeClient, loadConnection } from '../lib/kube/mod.ts';
import { messageOf, systemClock } from '../lib/runtime/mod.ts';
import { projectRoot } from '../demo/mod.ts';
import { findComponents, newest, oldest } from './components.ts';
import type { Release } from './components.ts';
import { startControlPlane } from './control-plane.ts';
import type { ControlPlane } from './control-plane.ts';
import { commandLineLook, leaksInOutput } from './secrets.ts';
import type { Leak } from './secrets.ts';

/** Between two looks at the command lines of all programs. */
const pauseMs = 250;
/** Files that run at the same time, for most of which they wait. */
const planesForAll = 2;

async function main(argv: readonly string[]): Promise<number> {
  // Ctrl-C reaches vitest, too; we stay until it has ended, to end the control plane.
  process.on('SIGINT', () => undefined);
  const given = argv.filter((word) => word !== '--oldest');
  if (argv.length > 0) return suite(argv.includes('--oldest') ? oldest : newest, given);
  const code = await suite(newest, []);
  return (await suite(oldest, ['story'])) || code;
}

/** @returns the exit status */
async function suite(release: Release, argv: readonly string[]): Promise<number> {
  const components = await findComponents(release, process.env, console.log);
  const folder = await mkdtemp(path.join(tmpdir(), 'reflux-e2e'));
  const records = path.join(folder, 'records');
  await mkdir(records);
  const planes: ControlPlane[] = [];
  try {
    try {
      for (let at = 0; at < (argv.length === 0 ? planesForAll : 1); at += 1) {
        const own = path.join(folder, `plane-${at}`);
        await mkdir(own);
        planes.push(await startControlPlane(components, own));
      }
      const kubeconfigs = planes.map(({ kubeconfig }) => kubeconfig);
      console.log(
        `kube-apiserver ${await versionOf(kubeconfigs[0] ?? '')} is ready, ${planes.length} of them`,
      );
      const watch = watchCommandLines(records);
      const code = await vitest(argv, release, {
        REFLUX_E2E_KUBECONFIGS: kubeconfigs.join(path.delimiter),
        REFLUX_E2E_RECORDS: records,
      });
      const { leaks, outputs, secrets } = await leaksInOutput(records);
      const all = [...leaks, ...(await watch.end())];
      console.log(
        `${secrets} planted secrets, looked for in ${outputs} programs' output and in every command line: ${all.length} found`,
      );
      for (const { secret, where } of all) console.error(`  ${secret} is shown by ${where}`);
      return all.length === 0 ? code : 1;
    } finally {
      await Promise.all(planes.map((plane) => plane.close()));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Looks at what runs, again and again. */
function watchCommandLines(records: string): { end(): Promise<Leak[]> } {
  const found = new Map<string, Leak>();
  const look = commandLineLook(records);
  const ended = new AbortController();
  const looking = (async () => {
    while (!ended.signal.aborted) {
      for (const leak of await look()) found.set(`${leak.secret} ${leak.where}`, leak);
      await systemClock.sleep(pauseMs);
    }
  })();
  return {
    end: async () => {
      ended.abort();
      await looking;
      return [...found.values()];
    },
  };
}

async function versionOf(kubeconfig: string): Promise<string> {
  const kube = createKubeClient({
    connection: await loadConnection({ env: {}, path: kubeconfig }),
  });
  try {
    return (await kube.serverVersion()).gitVersion;
  } finally {
    await kube.close();
  }
}

function vitest(
  argv: readonly string[],
  { module }: Release,
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const child = spawn(
    process.execPath,
    [
      path.join(projectRoot, 'node_modules/vitest/vitest.mjs'),
      'run',
      `--config=${path.join(projectRoot, 'e2e/vitest.config.ts')}`,
      ...reporters(module),
      ...argv,
    ],
    { cwd: projectRoot, stdio: 'inherit', env: { ...process.env, ...env } },
  );
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve(code ?? 1);
    });
  });
}

/** REFLUX_E2E_REPORT names a folder for the reports `newest.json` and `oldest.json`, for machines. */
function reporters(module: Release['module']): string[] {
  const folder = process.env.REFLUX_E2E_REPORT ?? '';
  if (folder === '') return [];
  const file = path.join(folder, `${module}.json`);
  return ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (thrown: unknown) => {
    console.error(messageOf(thrown));
    process.exitCode = 1;
  },
);
