/** unsealer: flags, signals, exit. */
import { createKubeClient, loadConnection } from '../lib/kube/mod.ts';
import {
  createLogger,
  messageOf,
  startProgram,
  stopSignal,
  systemClock,
} from '../lib/runtime/mod.ts';
import { helpText, readCommandLine } from './config.ts';
import type { Config } from './config.ts';
import { runUnsealer } from './unsealer.ts';

async function run(config: Config): Promise<number> {
  const now = () => new Date();
  const log = createLogger({ format: config.logFormat, stream: process.stderr, now }).with({
    component: 'unsealer',
  });
  for (const warning of config.warnings) log.log({ warning });
  const stop = stopSignal(process, (name) => {
    log.log({ 'exiting...': name });
  });
  let connection;
  try {
    connection = await loadConnection({ env: process.env, path: config.kubeconfig });
  } catch (thrown) {
    log.log({ err: `error building kubeconfig: ${messageOf(thrown)}` });
    return 1;
  }
  const warn = (warning: string) => {
    log.log({ warning });
  };
  const kube = createKubeClient({ connection, warn });
  try {
    await runUnsealer(
      {
        config,
        kube,
        clock: systemClock,
        log,
        namespace: config.namespace || connection.podNamespace || 'kube-system',
        onReady: ({ renew }) => {
          process.on('SIGUSR1', () => {
            renew().catch((thrown: unknown) => {
              log.log({ err: `Failed to generate new key: ${messageOf(thrown)}` });
            });
          });
        },
      },
      stop,
    );
    return 0;
  } catch (thrown) {
    log.log({ err: messageOf(thrown) });
    return 1;
  } finally {
    await kube.close();
  }
}

await startProgram(process, import.meta.url, {
  readCommandLine,
  helpText,
  // As in the original.
  printVersion: (version) => process.stdout.write(`controller version: ${version}\n`),
  run,
});
