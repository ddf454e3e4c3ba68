/** helm-operator: flags, signals, exit. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { useEnvironmentProxies } from '../lib/http/mod.ts';
import { createKubeClient, impersonate, loadConnection } from '../lib/kube/mod.ts';
import {
  createLogger,
  messageOf,
  runTogether,
  startProgram,
  stopSignal,
  systemClock,
} from '../lib/runtime/mod.ts';
import { runToolkit } from '../toolkit/mod.ts';
import { helpText, readCommandLine } from './config.ts';
import type { Config } from './config.ts';
import { runOperator } from './operator.ts';

async function run(config: Config): Promise<number> {
  const log = createLogger({
    format: config.logFormat,
    stream: process.stderr,
    now: () => new Date(),
  });
  const operatorLog = log.with({ component: 'helm-operator' });
  for (const complaint of config.complaints) operatorLog.log({ error: complaint });
  const stop = stopSignal(process, (name) => {
    operatorLog.log({ 'exiting...': name });
  });
  const { kubeconfig, master } = config;
  let connection;
  try {
    connection = await loadConnection({ env: process.env, path: kubeconfig, master });
  } catch (thrown) {
    operatorLog.log({ error: `error building kubeconfig: ${messageOf(thrown)}` });
    return 1;
  }
  const warn = (text: string) => {
    operatorLog.log({ warning: text });
  };
  const kube = createKubeClient({ connection, warn });
  const workFolder = await mkdtemp(path.join(tmpdir(), 'helm-operator'));
  try {
    const shared = {
      kube,
      clientAs: (user: string) =>
        createKubeClient({ connection: impersonate(connection, user), warn }),
      identity: `${hostname()}-${randomUUID().slice(0, 8)}`,
      ownNamespace: connection.podNamespace ?? connection.namespace ?? 'default',
      clock: systemClock,
      log,
      env: process.env,
    };
    const { toolkit } = config;
    await runTogether(stop, [
      (signal) => runOperator({ ...shared, config, workFolder }, signal),
      ...(toolkit === undefined
        ? []
        : [
            (signal: AbortSignal) =>
              runToolkit(
                {
                  ...shared,
                  config: toolkit,
                  workFolder: path.join(workFolder, 'toolkit'),
                  random: Math.random,
                },
                signal,
              ),
          ]),
    ]);
    return 0;
  } finally {
    await rm(workFolder, { recursive: true, force: true });
    await kube.close();
  }
}

useEnvironmentProxies(process.env);
await startProgram(process, import.meta.url, {
  readCommandLine,
  helpText,
  // As in the original.
  printVersion: (version) => process.stderr.write(`${version}\n`),
  run,
});
