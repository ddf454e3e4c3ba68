/** `npm run sandbox`: starts the sandbox, says how to reach it, and waits. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLogger, Fault, flagUsage, parseFlags, systemClock } from '../lib/runtime/mod.ts';
import { startSandbox } from './mod.ts';

const flags = [
  { name: 'api-port', type: 'int', default: 0, help: 'port of the API server; 0 takes any' },
  { name: 'registry-port', type: 'int', default: 0, help: 'port of the registry; 0 takes any' },
  { name: 'git-port', type: 'int', default: 0, help: 'port of the Git server; 0 takes any' },
  {
    name: 'data',
    type: 'string',
    default: '',
    help: 'folder in which objects and repositories are kept',
  },
  { name: 'kubernetes-version', type: 'string', default: 'v1.34.0', help: 'version to claim' },
  {
    name: 'any-image',
    type: 'bool',
    default: false,
    help: 'pods start whatever their image, in the registry or not',
  },
  { name: 'repository', type: 'list', default: [], help: 'empty Git repositories to make' },
] as const;

async function main(): Promise<void> {
  const { values } = parseFlags(flags, process.argv.slice(2));
  const log = createLogger({ format: 'fmt', stream: process.stderr, now: () => new Date() });
  const sandbox = await startSandbox({
    clock: systemClock,
    log: log.with({ component: 'sandbox' }),
    env: process.env,
    ports: { api: values['api-port'], registry: values['registry-port'], git: values['git-port'] },
    gitVersion: values['kubernetes-version'],
    ...(values.data === '' ? {} : { dataFolder: path.resolve(values.data) }),
    ...(values['any-image'] ? { alsoExists: () => true } : {}),
  });
  const folder = await mkdtemp(path.join(tmpdir(), 'reflux-sandbox'));
  const kubeconfig = path.join(folder, 'kubeconfig');
  await writeFile(kubeconfig, sandbox.api.kubeconfig, { mode: 0o600 });
  console.log(`export KUBECONFIG=${kubeconfig}`);
  console.log(`# API server  ${sandbox.api.url}`);
  console.log(`# registry    ${sandbox.registry.url}`);
  console.log(`# Git server  ${sandbox.git.url}`);
  for (const name of values.repository)
    console.log(`# repository  ${await sandbox.git.createRepository(name)}`);
  console.log('# Ctrl-C ends it');
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
}

main().catch((thrown: unknown) => {
  if (thrown instanceof Fault && thrown.reason === 'Help') {
    console.log(
      `The embedded cluster of Reflux: API server, registry and Git server.\n\n${flagUsage(flags)}`,
    );
    return;
  }
  console.error(thrown instanceof Fault ? thrown.message : thrown);
  process.exitCode = thrown instanceof Fault && thrown.reason === 'BadFlag' ? 2 : 1;
});
