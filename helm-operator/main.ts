/** helm-operator: flags, signals, exit. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { createKubeClient, impersonate, loadConnection } from '../lib/kube/mod.ts';
import { createLogger, Fault, messageOf, systemClock } from '../lib/runtime/mod.ts';
import { helpText, readCommandLine } from './config.ts';
import type { CommandLine, Config } from './config.ts';
import { runOperator } from './operator.ts';

async function main(): Promise<number> {
  let command: CommandLine;
  try {
    command = readCommandLine(process.argv.slice(2), process.env);
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    process.stderr.write(`${thrown.message}\n${thrown.reason === 'BadFlag' ? helpText() : ''}`);
    return thrown.reason === 'BadFlag' ? 2 : 1;
  }
  if (command.ask === 'help') process.stderr.write(command.text);
  else if (command.ask === 'version')
    process.stderr.write(`${process.env.REFLUX_VERSION ?? 'unversioned'}\n`);
  else return run(command.config);
  return 0;
}

async function run(config: Config): Promise<number> {
  const log = createLogger({
    format: config.logFormat,
    stream: process.stderr,
    now: () => new Date(),
  });
  const operatorLog = log.with({ component: 'helm-operator' });
  for (const complaint of config.complaints) operatorLog.log({ error: complaint });
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      operatorLog.log({ 'exiting...': name });
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
      ...(config.master === '' ? {} : { master: config.master }),
    });
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
    await runOperator(
      {
        config,
        kube,
        clientAs: (user) => createKubeClient({ connection: impersonate(connection, user), warn }),
        identity: `${hostname()}-${randomUUID().slice(0, 8)}`,
        ownNamespace: connection.podNamespace ?? connection.namespace ?? 'default',
        clock: systemClock,
        log,
        env: process.env,
        workFolder,
      },
      stop.signal,
    );
    return 0;
  } finally {
    await rm(workFolder, { recursive: true, force: true });
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
