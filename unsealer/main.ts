/** unsealer: flags, signals, exit. */
import { createKubeClient, loadConnection } from '../lib/kube/mod.ts';
import { createLogger, Fault, messageOf, systemClock } from '../lib/runtime/mod.ts';
import { helpText, readCommandLine } from './config.ts';
import type { CommandLine, Config } from './config.ts';
import { runUnsealer } from './unsealer.ts';

async function main(): Promise<number> {
  let command: CommandLine;
  try {
    command = readCommandLine(process.argv.slice(2), process.env);
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    process.stderr.write(`${thrown.message}\n${helpText()}`);
    return 2;
  }
  if (command.ask === 'help') process.stderr.write(command.text);
  else if (command.ask === 'version')
    process.stdout.write(`controller version: ${process.env.REFLUX_VERSION ?? 'unversioned'}\n`);
  else return run(command.config);
  return 0;
}

async function run(config: Config): Promise<number> {
  const now = () => new Date();
  const log = createLogger({ format: config.logFormat, stream: process.stderr, now }).with({
    component: 'unsealer',
  });
  for (const warning of config.warnings) log.log({ warning });
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      log.log({ 'exiting...': name });
      stop.abort();
      // A second signal does not wait for running work.
      process.once(name, () => process.exit(1));
    });
  }
  let connection;
  try {
    connection = await loadConnection({
      env: process.env,
      ...(config.kubeconfig === '' ? {} : { path: config.kubeconfig }),
    });
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
      stop.signal,
    );
    return 0;
  } catch (thrown) {
    log.log({ err: messageOf(thrown) });
    return 1;
  } finally {
    await kube.close();
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (thrown: unknown) => {
    console.error(thrown);
    process.exitCode = 1;
  },
);
